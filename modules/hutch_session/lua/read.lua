-- KEYS: record. ARGV[2]: seconds within which a use is noted only once.
--#include record
local key, r = resolve(KEYS[1])
if not key then
  return false
end
if not r[NEXT] and now - r[SEEN] >= tonumber(ARGV[2]) then
  touch(key, r[IDLE], r[EXPIRES])
end
return returned(key, r)
