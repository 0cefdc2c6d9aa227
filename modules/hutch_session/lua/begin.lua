--#include content
-- ARGV[at]: handle, idle, user, stamp and remember ('' is none), then the content.
-- index, epoch: the user's keys.
local function begin(key, created, expires, at, index, epoch)
  local handle, user, issued = ARGV[at], ARGV[at + 2], now_us
  redis.call('HSET', key, 'createdAt', created, 'expiresAt', expires, 'idle', ARGV[at + 1],
    'handle', handle, 'version', 1)
  if index then
    -- After an epoch of the same moment, or one that a clock which went back left behind.
    issued = math.max(now_us, (tonumber(redis.call('GET', epoch)) or 0) + 1)
    redis.call('HSET', key, 'userId', user, 'index', index, 'epoch', epoch)
    redis.call('ZREMRANGEBYSCORE', index, '-inf', now)
    redis.call('ZADD', index, expires, handle)
    redis.call('EXPIRE', index, math.max(redis.call('TTL', index), expires - now))
  end
  if ARGV[at + 3] ~= '' then
    redis.call('HSET', key, 'stamp', ARGV[at + 3])
  end
  if ARGV[at + 4] ~= '' then
    redis.call('HSET', key, 'remember', ARGV[at + 4])
  end
  redis.call('HSET', key, 'issued', string.format('%.0f', issued))
  put(key, at + 5)
  touch(key, ARGV[at + 1], expires)
end
