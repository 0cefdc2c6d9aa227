-- A worker's sign of life; whoever is alive takes the jobs of the dead back.
-- ARGV: time, worker, lease in ms (0: it leaves), what it tells about itself, ms for which completed
--       and failed jobs are kept, deaths that a job may cause.
-- Returns "gone" for a worker that is not known; else the ids and reasons of its jobs that shall be
-- aborted, and whether it shall be quiet (1).
--#include without_memory
--#include common
local q, worker, lease = KEYS[1], ARGV[2], tonumber(ARGV[3])
if not redis.call('ZSCORE', q .. 'workers', worker) then
  return 'gone'
end
redis.call('ZADD', q .. 'workers', lease > 0 and now + lease or now, worker)
redis.call('HSET', q .. 'info', worker, ARGV[4])

local function bury(id, attempt)
  local record = redis.call('HGET', q .. 'jobs', id)
  local _, excused, deaths = tries_of(q, id)
  deaths = deaths + 1
  redis.call('HDEL', q .. 'active', id)
  local told = 'Its worker died, or was not heard of for too long.'
  if deaths < tonumber(ARGV[7]) then
    note_error(q, id, string.format('{"attempt":%d,"at":%d,"error":"%s"}', attempt, now, told))
    set_tries(q, id, attempt, excused + 1, deaths)
    put_back(q, id, record)
    return
  end
  local tail = ',"attempts":%d,"completed":%d,"status":"failed","error":"Its worker died %d times."}'
  fail(q, id, record, string.format(tail, attempt, now, deaths))
end

local function recover()
  local dead, found = {}, redis.call('ZRANGEBYSCORE', q .. 'workers', '-inf', now)
  if #found == 0 then
    return
  end
  for _, name in ipairs(found) do
    dead[name] = true
    redis.call('ZREM', q .. 'workers', name)
    redis.call('HDEL', q .. 'info', name)
    redis.call('HDEL', q .. 'meta', 'quiet:' .. name)
  end
  local active = redis.call('HGETALL', q .. 'active')
  for i = 1, #active, 2 do
    local attempt, holder = string.match(active[i + 1], '^(%d+):(.*)$')
    if dead[holder] then
      bury(active[i], tonumber(attempt))
    end
  end
  wake(q) -- also when nothing waits: the dead may have been the ones who knew what is due next
end

local function expire(set, keep)
  forget(q, redis.call('ZRANGEBYSCORE', q .. set, '-inf', now - keep, 'LIMIT', 0, 500))
end

recover()
expire('complete', tonumber(ARGV[5]))
expire('failed', tonumber(ARGV[6]))
redis.call('ZREMRANGEBYSCORE', q .. 'unique', '-inf', now)

local mine, aborting = {}, redis.call('HGETALL', q .. 'aborting')
for i = 1, #aborting, 2 do
  local held = redis.call('HGET', q .. 'active', aborting[i])
  if held and string.match(held, '^%d+:(.*)$') == worker then
    mine[#mine + 1] = aborting[i]
    mine[#mine + 1] = aborting[i + 1]
  end
end
return { mine, redis.call('HEXISTS', q .. 'meta', 'quiet:' .. worker) }
