--#include owned
-- KEYS: what is claimed. ARGV: value, ms.
if not owned(KEYS, ARGV[1]) then return 0 end
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ARGV[2]) end
return 1
