-- KEYS: record. ARGV: the time in microseconds or ''; then, to write one, its token and the
-- seconds that it lives. Without them it is read: its fields, unless it has ended.
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end
now = math.floor(now / 1000)
if ARGV[2] then
  local ends = string.format('%.0f', now + ARGV[3] * 1000)
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], 'token', ARGV[2], 'connectedAt', string.format('%.0f', now),
    'expiresAt', ends)
  redis.call('EXPIRE', KEYS[1], ARGV[3])
end
local r = redis.call('HMGET', KEYS[1], 'token', 'connectedAt', 'expiresAt')
local ends = tonumber(r[3])
-- Other programs write seconds.
if ends and ends < 100000000000 then
  ends = ends * 1000
end
if not ends or ends <= now then
  redis.call('UNLINK', KEYS[1])
  return false
end
return r
