-- KEYS[4..5]: the subject's pause, its counter. ARGV[4..7]: most, window ms, pause ms, reason.
-- Returns kind, until, since, remaining, reason; 'tripped' is 'paused' by this very call.
--#include common
--#include hutch_ratelimit:fixed
local since = time_at(ALL)
if since then
  return answer({ 'all', 0, since, 0, redis.call('HGET', REASONS, '') or '' })
end
local ends = end_of(KEYS[4])
if ends then
  return answer({ 'paused', ends, 0, 0, redis.call('HGET', REASONS, subject) or '' })
end
local length = tonumber(ARGV[6])
local most, window = tonumber(ARGV[4]), tonumber(ARGV[5])
local wait, used, left = fixed_look(KEYS[5], most, window, 1)
if wait == 0 then
  used = fixed_add(KEYS[5], most, window, 1, nil, used, left)
  return answer({ 'running', 0, 0, most - used, '' })
end
-- However short somebody makes the pause, what was counted before it does not trip again.
redis.call('DEL', KEYS[5])
set_pause(KEYS[4], now + length, ARGV[7])
return answer({ 'tripped', now + length, 0, 0, ARGV[7] })
