-- KEYS: the user's index, then the records of its handles. ARGV[2]...: the handles.
--#include record
local found = {}
for i = 2, #KEYS do
  local key, r = resolve(KEYS[i])
  found[i - 1] = key and returned(key, r) or false
  if not key then
    redis.call('ZREM', KEYS[1], ARGV[i])
  end
end
return found
