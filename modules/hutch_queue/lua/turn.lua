-- A worker's turn: what ended leaves active, what is due waits, what waits is claimed.
-- ARGV: time, worker, free slots, completed to keep, failed to keep (-1: all), then for each ended
--       job: id, attempt, kind, due (0 now, above 0 at this time in ms, below 0 in so many ms),
--       text, followers; and for each follower: base, id,
--       due, priority, mode, window, record; a group's id stands before an empty record.
--       kind: complete, failed (text: the record's tail), retry (text: the error), snooze.
-- Returns "gone" for a worker that is not known; else the ids that were refused because another
-- worker has them, the claims (id, attempt, excused, record), the ms until a job is due or
-- may start, and those until a schedule is due (-1: nothing is planned).
--#include without_memory
--#include common
local q, worker, free = KEYS[1], ARGV[2], tonumber(ARGV[3])
if not redis.call('ZSCORE', q .. 'workers', worker) then
  return 'gone'
end
local refused, claims, notices = {}, {}, {}
local next_look, next_tick = -1, -1

local function look_at(time)
  local wait = math.max(0, time - now)
  if next_look < 0 or wait < next_look then
    next_look = wait
  end
end

-- Enqueue what follows on a job.
local function follow(i, count, ok)
  for _ = 1, count do
    local to, id, record = ARGV[i], ARGV[i + 1], ARGV[i + 6]
    if record == '' then
      leave_group(to, id, ok)
    else
      add(to, id, tonumber(ARGV[i + 2]), tonumber(ARGV[i + 3]), ARGV[i + 4], tonumber(ARGV[i + 5]), record)
      wake(to)
    end
    i = i + 7
  end
end

-- The ended jobs that this worker still has.
local function read_ended()
  local ids, places = {}, {}
  local i = 6
  while i <= #ARGV do
    ids[#ids + 1], places[#places + 1] = ARGV[i], i
    i = i + 6 + 7 * tonumber(ARGV[i + 5])
  end
  if #ids == 0 then
    return ids
  end
  local held = redis.call('HMGET', q .. 'active', unpack(ids))
  local records = redis.call('HMGET', q .. 'jobs', unpack(ids))
  local ended, seen = {}, {}
  for n, id in ipairs(ids) do
    i = places[n]
    if seen[id] or held[n] ~= ARGV[i + 1] .. ':' .. worker then
      refused[#refused + 1] = id
    else
      seen[id] = true
      ended[#ended + 1] = {
        id = id, attempt = tonumber(ARGV[i + 1]), kind = ARGV[i + 2], due = tonumber(ARGV[i + 3]),
        text = ARGV[i + 4], record = records[n], followers = tonumber(ARGV[i + 5]), first = i + 6,
      }
    end
  end
  return ended
end

-- Close the records of those that are over.
local function close(ended)
  local over, records, scores = {}, {}, { complete = {}, failed = {} }
  for _, job in ipairs(ended) do
    local set = scores[job.kind]
    if set then
      over[#over + 1] = job.id
      records[#records + 1] = job.id
      records[#records + 1] = closed(job.record, job.text)
      set[#set + 1] = now
      set[#set + 1] = job.id
      just_ended[q .. job.id] = true
    end
  end
  if #over == 0 then
    return
  end
  redis.call('HSET', q .. 'jobs', unpack(records))
  for set, values in pairs(scores) do
    if #values > 0 then
      redis.call('ZADD', q .. set, unpack(values))
    end
  end
  for _, hash in ipairs({ 'tries', 'progress', 'aborting' }) do
    redis.call('HDEL', q .. hash, unpack(over))
  end
end

-- An abort that was asked for stays: the next worker hears of it.
local function again(job)
  local id, snoozed = job.id, job.kind == 'snooze'
  local _, excused, deaths = tries_of(q, id)
  set_tries(q, id, job.attempt, excused + (snoozed and 1 or 0), deaths)
  if not snoozed then
    note_error(q, id, job.text)
  end
  if snoozed and job.due == 0 then
    put_back(q, id, job.record)
  else
    put_later(q, id, job.due > 0 and job.due or now - job.due, priority_of(job.record))
  end
end

local function finish()
  local ended = read_ended()
  if #ended == 0 then
    return
  end
  local ids, counts = {}, {}
  for n, job in ipairs(ended) do
    ids[n] = job.id
    counts[job.kind] = (counts[job.kind] or 0) + 1
  end
  redis.call('HDEL', q .. 'active', unpack(ids))
  close(ended)
  for _, job in ipairs(ended) do
    if job.kind == 'complete' or job.kind == 'failed' then
      follow(job.first, job.followers, job.kind == 'complete')
    else
      again(job)
    end
    if job.kind ~= 'snooze' then
      notices[#notices + 1] = string.sub(job.kind, 1, 1) .. job.id
    end
  end
  for kind, count in pairs(counts) do
    redis.call('HINCRBY', q .. 'meta', kind, count)
  end
  trim(q, 'complete', tonumber(ARGV[4]))
  trim(q, 'failed', tonumber(ARGV[5]))
end

local function promote()
  local due = redis.call('ZRANGEBYSCORE', q .. 'delayed', '-inf', now, 'LIMIT', 0, 100)
  if #due > 0 then
    redis.call('ZREM', q .. 'delayed', unpack(due))
    for n, record in ipairs(redis.call('HMGET', q .. 'jobs', unpack(due))) do
      put_last(q, due[n], priority_of(record))
    end
  end
  local first = redis.call('ZRANGE', q .. 'delayed', 0, 0, 'WITHSCORES')
  if first[1] then
    look_at(tonumber(first[2]))
  end
  local schedule = redis.call('ZRANGE', q .. 'due', 0, 0, 'WITHSCORES')
  if schedule[1] then
    next_tick = math.max(0, tonumber(schedule[2]) - now)
  end
end

-- How many more jobs may start now, by the queue's pause and limits.
local function allowed()
  local paused, concurrency, rate, period =
    unpack(redis.call('HMGET', q .. 'meta', 'paused', 'concurrency', 'rate', 'period'))
  if paused then
    return 0
  end
  local most = math.huge
  if concurrency then
    most = math.max(0, tonumber(concurrency) - redis.call('HLEN', q .. 'active'))
  end
  if rate then
    redis.call('ZREMRANGEBYSCORE', q .. 'starts', '-inf', now - tonumber(period))
    local left = tonumber(rate) - redis.call('ZCARD', q .. 'starts')
    most = math.max(0, math.min(most, left))
  end
  return most, tonumber(rate), tonumber(period)
end

local function claim()
  local most, rate, period = allowed()
  local count = math.min(free, most)
  local popped = count > 0 and redis.call('ZPOPMIN', q .. 'wait', count) or {}
  if #popped > 0 then
    local ids, leases = {}, {}
    for i = 1, #popped, 2 do
      ids[#ids + 1] = popped[i]
    end
    local records = redis.call('HMGET', q .. 'jobs', unpack(ids))
    local tries = redis.call('HMGET', q .. 'tries', unpack(ids))
    for n, id in ipairs(ids) do
      local attempt, excused = 1, 0
      if tries[n] then
        attempt, excused = string.match(tries[n], '^(%d+):(%d+)')
        attempt, excused = attempt + 1, tonumber(excused)
      end
      leases[#leases + 1] = id
      leases[#leases + 1] = attempt .. ':' .. worker
      claims[#claims + 1] = id
      claims[#claims + 1] = attempt
      claims[#claims + 1] = excused
      claims[#claims + 1] = records[n]
      if rate then
        redis.call('ZADD', q .. 'starts', now, string.format('%s:%d:%.0f', id, attempt, now_us))
      end
    end
    redis.call('HSET', q .. 'active', unpack(leases))
  end
  if redis.call('ZCARD', q .. 'wait') == 0 then
    redis.call('DEL', q .. 'wake')
  elseif most > #popped / 2 then
    wake(q)
  elseif rate and redis.call('ZCARD', q .. 'starts') >= rate then
    local first = redis.call('ZRANGE', q .. 'starts', 0, 0, 'WITHSCORES')
    look_at(tonumber(first[2]) + period)
  end
end

finish()
promote()
claim()
if #notices > 0 then
  redis.call('PUBLISH', q .. 'ended', table.concat(notices, '\n'))
end
return { refused, claims, next_look, next_tick }
