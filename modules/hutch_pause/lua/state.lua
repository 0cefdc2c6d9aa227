-- KEYS[4]: the subject's pause. Returns kind, until, since, remaining, reason.
--#include common
local since = time_at(ALL)
if since then
  return { 'all', 0, since, 0, redis.call('HGET', REASONS, '') or '' }
end
local ends = end_of(KEYS[4])
if ends then
  return { 'paused', ends, 0, 0, redis.call('HGET', REASONS, subject) or '' }
end
return { 'running', 0, 0, 0, '' }
