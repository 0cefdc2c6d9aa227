--#include owned
-- KEYS: what is claimed. ARGV: value, done, then the ms of each key.
if redis.pcall('GET', KEYS[1]) == ARGV[2] then return 1 end
if not owned(KEYS, ARGV[1]) then return 0 end
-- After a write that needs no memory, a server whose memory is full lets the others pass.
redis.call('PEXPIRE', KEYS[1], ARGV[3])
for i, key in ipairs(KEYS) do redis.call('SET', key, ARGV[2], 'PX', ARGV[i + 2]) end
return 1
