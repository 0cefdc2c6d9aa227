-- ARGV[4]: how many at most. Returns since when all are paused or 0, that pause's reason, how
-- many subjects are paused, then subject, end, reason of each.
--#include common
local first = string.format('(%.0f', now)
local found = redis.call('ZRANGEBYSCORE', ENDS, first, '+inf', 'WITHSCORES', 'LIMIT', 0, ARGV[4])
local since = time_at(ALL)
local reply = {
  since and (since > 0 and since or now) or 0,
  redis.call('HGET', REASONS, '') or '',
  redis.call('ZCOUNT', ENDS, first, '+inf'),
}
for k = 1, #found, 2 do
  reply[#reply + 1] = found[k]
  reply[#reply + 1] = tonumber(found[k + 1])
  reply[#reply + 1] = redis.call('HGET', REASONS, found[k]) or ''
end
return reply
