-- KEYS[4]: the subject's pause. ARGV[4..7]: length in ms or '', end in ms or '', reason,
-- '1' to leave a later end as it is. Returns the end that holds and its reason; nothing if it is past.
--#include common
local ends = ARGV[4] ~= '' and now + tonumber(ARGV[4]) or tonumber(ARGV[5])
if ends <= now then
  return answer(false)
end
local current = ARGV[7] == '1' and end_of(KEYS[4])
if current and (current == 0 or current >= ends) then
  return answer({ current, redis.call('HGET', REASONS, subject) or '' })
end
set_pause(KEYS[4], ends, ARGV[6])
return answer({ ends, ARGV[6] })
