-- KEYS: old record, new record, then the new user's index and epoch where there is a user.
-- ARGV[2]: the version that was read; ARGV[3]: lifetime of a login in seconds, '' is no login;
-- ARGV[4]: seconds that the old record stays; ARGV[5]...: see `begin`.
--#include record
--#include begin
local key, r = resolve(KEYS[1])
if not key or r[NEXT] then
  return false
end
if key ~= KEYS[1] or r[VERSION] ~= ARGV[2] then
  return { 0, returned(key, r) }
end
local lifetime, grace = tonumber(ARGV[3]), tonumber(ARGV[4])
if lifetime then
  begin(KEYS[2], now, now + lifetime, 5, KEYS[3], KEYS[4])
else
  begin(KEYS[2], r[CREATED], r[EXPIRES], 5, KEYS[3], KEYS[4])
  redis.call('HSET', key, 'follow', 1)
end
local listed = redis.call('HMGET', key, 'index', 'handle')
if listed[1] then
  redis.call('ZREM', listed[1], listed[2])
end
local ends = math.min(tonumber(r[EXPIRES]), now + grace)
redis.call('HSET', key, 'next', KEYS[2], 'expiresAt', ends)
redis.call('EXPIRE', key, grace)
return { 1, returned(KEYS[2], alive(KEYS[2])) }
