-- ARGV[4..6]: 'pause' or 'resume', reason, what events call all.
-- Returns since when all are (or were) paused, 0 if they were not.
--#include common
local since = time_at(ALL)
since = since == 0 and now or since or 0
if ARGV[4] == 'resume' then
  if redis.call('DEL', ALL) == 1 then
    redis.call('HDEL', REASONS, '')
    tell(ARGV[6], 'resume', nil, ARGV[5])
  end
  return answer(since)
end
keep_reason('', ARGV[5])
if since == 0 then
  since = now
  redis.call('SET', ALL, string.format('%.0f', now))
  tell(ARGV[6], 'pause', nil, ARGV[5])
end
return answer(since)
