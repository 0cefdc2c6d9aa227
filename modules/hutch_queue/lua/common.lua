-- What all scripts of the queue share. KEYS[1] is the queue's base, e.g. "app:q:{emails}:";
-- ARGV[1] is the time in microseconds, or '' for the server's own.
--
--              enqueue                       turn: ended
--                 |           .-----------------------------------> complete
--    .------------+           |                                   > failed
--    v            v           |
--  delayed ---> wait ----> active ---> wait     beat, join: its worker died or lost its connection
--    ^   turn: due   turn: claimed |
--    '-----------------------------'            turn: retry, snooze
--
-- Every id in `jobs` is in exactly one of wait, delayed, active, complete and failed.
-- active: id -> "attempt:worker", the lease and the fence. tries: id -> "attempt:excused:deaths",
-- only of jobs that ran before; excused are the runs that cost no attempt.
local now_us = tonumber(ARGV[1])
if not now_us then
  local time = redis.call('TIME')
  now_us = time[1] * 1000000 + time[2]
end
local now = math.floor(now_us / 1000)

-- Idle workers wait for a token. There is at most one: who takes it passes it on while work remains.
local function wake(q)
  if redis.call('LLEN', q .. 'wake') == 0 then
    redis.call('RPUSH', q .. 'wake', 1)
  end
end

--#include places
--#include tries
--#include add
