-- What people do to jobs and queues. Nothing is moved out of active: its worker is told.
-- ARGV: time, operation, then
--   promote ids       delayed -> wait                        returns those that were moved
--   replay ids        complete, failed -> wait, anew         returns those that were moved
--   delete ids        any but active -> nothing              returns those that were removed
--   abort reason tail ids   wait, delayed -> failed; active: its worker is told; returns those
--   note field id attempt worker text    progress or a log line, if it still runs there: returns 1
--   drain set most    empties wait, delayed, complete or failed; returns how many jobs that were
--   pause, resume     the queue
--   quiet, noisy worker   whether it takes more jobs; returns 0 for a quiet one that is not known
--   obliterate force  everything, and its jobs leave their groups as failed ones; returns the
--                     number of running jobs if those keep it from that
--#include without_memory
--#include common
local q, operation = KEYS[1], ARGV[2]
local MOST_LOG = 16384
local MOST_READ = 500

-- The record as it was before it ended, and its tail as a table.
local function reopened(record)
  local cut = string.find(record, '\n[^\n]*$')
  local ok, tail = pcall(cjson.decode, '{' .. string.sub(record, cut + 2))
  return string.sub(record, 1, cut - 1) .. '}', ok and tail or {}
end

local function promote(id)
  if redis.call('ZREM', q .. 'delayed', id) == 0 then
    return false
  end
  put_last(q, id, priority_of(redis.call('HGET', q .. 'jobs', id)))
  return true
end

local function replay(id)
  local failed = redis.call('ZREM', q .. 'failed', id) == 1
  if not failed and redis.call('ZREM', q .. 'complete', id) == 0 then
    return false
  end
  local record, tail = reopened(redis.call('HGET', q .. 'jobs', id))
  if tail.error and tail.error ~= cjson.null then
    local line = { attempt = tail.attempts, at = tail.completed, error = tail.error }
    note_error(q, id, cjson.encode(line))
  end
  redis.call('HSET', q .. 'jobs', id, record)
  return_to_group_of(record, failed)
  put_last(q, id, priority_of(record))
  return true
end

local function delete(id)
  local record = redis.call('HGET', q .. 'jobs', id)
  if not record or redis.call('HEXISTS', q .. 'active', id) == 1 then
    return false
  end
  if not is_closed(record) then
    leave_group_of(record)
  end
  forget(q, { id })
  return true
end

local function abort(id)
  if redis.call('HEXISTS', q .. 'active', id) == 1 then
    redis.call('HSET', q .. 'aborting', id, ARGV[3])
    return true
  end
  if redis.call('ZREM', q .. 'wait', id) == 0 and redis.call('ZREM', q .. 'delayed', id) == 0 then
    return false
  end
  local record = redis.call('HGET', q .. 'jobs', id)
  fail(q, id, record, ARGV[4])
  return true
end

local function each(change, first)
  local changed = {}
  for i = first, #ARGV do
    if change(ARGV[i]) then
      changed[#changed + 1] = ARGV[i]
    end
  end
  if redis.call('ZCARD', q .. 'wait') > 0 then
    wake(q)
  end
  return changed
end

local function note(field, id, attempt, worker, text)
  if redis.call('HGET', q .. 'active', id) ~= attempt .. ':' .. worker then
    return 0
  end
  if field == 'log' then
    append_line(q, 'log', id, text, MOST_LOG)
  else
    redis.call('HSET', q .. 'progress', id, text)
  end
  return 1
end

local function drain(set, most)
  local ids = redis.call('ZRANGE', q .. set, 0, most - 1)
  for _, id in ipairs(ids) do
    delete(id)
  end
  return #ids
end

local function leave_groups_of(ids)
  for _, record in ipairs(#ids > 0 and redis.call('HMGET', q .. 'jobs', unpack(ids)) or {}) do
    leave_group_of(record)
  end
end

-- Other queues' groups would wait for ever for jobs that are no more.
local function leave_all_groups()
  for _, set in ipairs({ 'wait', 'delayed' }) do
    for first = 0, redis.call('ZCARD', q .. set) - 1, MOST_READ do
      leave_groups_of(redis.call('ZRANGE', q .. set, first, first + MOST_READ - 1))
    end
  end
  for _, id in ipairs(redis.call('HKEYS', q .. 'active')) do
    leave_groups_of({ id })
  end
end

local function obliterate(force)
  local running = redis.call('HLEN', q .. 'active')
  if running > 0 and force ~= '1' then
    return running
  end
  redis.call('UNLINK', q .. 'groups') -- first: what follows on them would be stored here
  leave_all_groups()
  for _, name in ipairs({
    'jobs', 'wait', 'delayed', 'active', 'complete', 'failed', 'workers', 'info', 'meta', 'wake',
    'unique', 'schedules', 'due', 'starts', unpack(SPARSE),
  }) do
    redis.call('UNLINK', q .. name)
  end
  return 0
end

if operation == 'promote' then
  return each(promote, 3)
elseif operation == 'replay' then
  return each(replay, 3)
elseif operation == 'delete' then
  return each(delete, 3)
elseif operation == 'abort' then
  return each(abort, 5)
elseif operation == 'note' then
  return note(ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7])
elseif operation == 'drain' then
  return drain(ARGV[3], tonumber(ARGV[4]))
elseif operation == 'pause' then
  redis.call('HSET', q .. 'meta', 'paused', 1)
elseif operation == 'resume' then
  redis.call('HDEL', q .. 'meta', 'paused')
  wake(q)
elseif operation == 'quiet' then
  if not redis.call('ZSCORE', q .. 'workers', ARGV[3]) then
    return 0
  end
  redis.call('HSET', q .. 'meta', 'quiet:' .. ARGV[3], 1)
elseif operation == 'noisy' then
  redis.call('HDEL', q .. 'meta', 'quiet:' .. ARGV[3])
elseif operation == 'obliterate' then
  return obliterate(ARGV[3])
end
return 1
