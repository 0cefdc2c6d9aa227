-- Take pauses that ran out off the list, and tell it: at most a hundred, each once.
-- KEYS[4..]: the pauses of the subjects in ARGV[4..], which the caller read from the list.
-- Returns how long until the next one runs out in ms, -1 if there is none.
--#include common
for k = 4, #KEYS do
  local who = ARGV[k]
  local ends = tonumber(redis.call('ZSCORE', ENDS, who))
  if ends and ends <= now then
    local later = end_of(KEYS[k])
    if later == 0 then
      -- Paused, and nobody knows until when: look again as the key ends, else in a minute.
      local left = redis.call('PTTL', KEYS[k])
      redis.call('ZADD', ENDS, now + (left < 0 and 60000 or left), who)
    elseif later then
      redis.call('ZADD', ENDS, later, who) -- prolonged by somebody who did not list it
    else
      redis.call('ZREM', ENDS, who)
      redis.call('HDEL', REASONS, who)
      tell(who, 'resume', ends, 'expired')
    end
  end
end
local first = redis.call('ZRANGE', ENDS, 0, 0, 'WITHSCORES')
return answer(first[2] and math.max(0, tonumber(first[2]) - now) or -1)
