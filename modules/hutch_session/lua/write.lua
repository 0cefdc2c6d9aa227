-- KEYS: record. ARGV[2]: the version that was read; ARGV[3]...: the content.
--#include record
--#include content
local key, r = resolve(KEYS[1])
if not key or r[NEXT] then
  return false
end
if key ~= KEYS[1] or r[VERSION] ~= ARGV[2] then
  return { 0, returned(key, r) }
end
redis.call('HINCRBY', key, 'version', 1)
put(key, 3)
touch(key, r[IDLE], r[EXPIRES])
return { 1, returned(key, alive(key)) }
