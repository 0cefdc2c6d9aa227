-- KEYS: the user's index, their epoch. ARGV[2]: for how many seconds a session can live.
--#include record
local last = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')
local left = math.max(tonumber(ARGV[2]), last[2] and last[2] - now or 0)
local epoch = math.max(now_us, (tonumber(redis.call('GET', KEYS[2])) or 0) + 1)
redis.call('SET', KEYS[2], string.format('%.0f', epoch), 'EX', left)
redis.call('UNLINK', KEYS[1])
