-- KEYS[4..5]: the subject's pause, its counter. ARGV[4]: reason. Returns 1 if it was paused.
--#include common
local paused = end_of(KEYS[4])
redis.call('DEL', KEYS[4], KEYS[5])
redis.call('HDEL', REASONS, subject)
local listed = redis.call('ZREM', ENDS, subject) == 1
if paused or listed then
  tell(subject, 'resume', nil, ARGV[4])
end
return answer(paused and 1 or 0)
