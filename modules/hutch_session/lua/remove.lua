-- KEYS: record. ARGV[2]: only if it is this user's and has not ended; '' is anybody's.
-- Returns 1 if there was one.
--#include record
local key, found = KEYS[1], 0
if ARGV[2] ~= '' then
  local last, r = resolve(key)
  if not last or r[USER] ~= ARGV[2] then
    return 0
  end
end
while key do
  local r = redis.call('HMGET', key, 'next', 'index', 'handle', 'follow')
  if r[2] then
    redis.call('ZREM', r[2], r[3])
  end
  found = math.max(found, redis.call('UNLINK', key))
  -- Not from the id before a login, which others may know, to the login.
  key = r[4] and r[1]
end
return found
