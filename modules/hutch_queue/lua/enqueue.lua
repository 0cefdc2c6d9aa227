-- Store jobs: nothing -> wait or delayed.
-- ARGV: time, most jobs that may wait (0: no limit), then for each job: id, due, priority, mode,
--       window, record (see add).
-- Returns 1 for each job that was stored and 0 for each that was there; or the number that wait,
-- when the queue is full and nothing was stored.
--#include common
local q, most = KEYS[1], tonumber(ARGV[2])
if most > 0 then
  local waiting = redis.call('ZCARD', q .. 'wait') + redis.call('ZCARD', q .. 'delayed')
  if waiting + (#ARGV - 2) / 6 > most then
    return waiting
  end
end
return add_all(q, 3)
