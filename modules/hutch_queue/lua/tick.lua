-- A schedule's tick: whoever changes its text first enqueues the run.
-- ARGV: time, schedule, its text as the caller read it ('': there was none), when it is due in ms
--       ('': it stands still), its new text ('': it is removed), then the jobs of the run, as in
--       enqueue.
-- Returns 1 if this call changed it, 0 if somebody else had.
--#include common
local q, name, was, due, text = KEYS[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
if (redis.call('HGET', q .. 'schedules', name) or '') ~= was then
  return 0
end
if text == '' then
  redis.call('HDEL', q .. 'schedules', name)
else
  redis.call('HSET', q .. 'schedules', name, text)
end
if text == '' or due == '' then
  redis.call('ZREM', q .. 'due', name)
else
  redis.call('ZADD', q .. 'due', due, name)
  wake(q) -- who waits learns of a time that may be sooner
end
add_all(q, 6)
return 1
