-- The ways into `wait` and `delayed`, and out of everything.
local HEAD_START = 3.6e9 -- microseconds that one point of priority is ahead: an hour

local SPARSE = { 'tries', 'errors', 'progress', 'log', 'aborting' }

-- The record begins with "queued" and, unless it is 0, "priority".
local function priority_of(record)
  return tonumber(string.match(record, '^{"queued":%d+,"priority":(%-?%d+)')) or 0
end

local last_order = {} -- of each queue, as far as this script read it

-- First in, first out inside a priority, also when the clock stands or is set back.
local function next_order(q, priority)
  local last = last_order[q] or tonumber(redis.call('HGET', q .. 'meta', 'last')) or 0
  last_order[q] = math.max(now_us, last + 1)
  return last_order[q] - priority * HEAD_START
end

local function keep_order(q)
  redis.call('HSET', q .. 'meta', 'last', last_order[q])
end

local function put_last(q, id, priority)
  redis.call('ZADD', q .. 'wait', next_order(q, priority), id)
  keep_order(q)
end

-- Back to about where it stood: what was taken and not run is older than all that waits.
local function put_back(q, id, record)
  local queued = tonumber(string.match(record, '^{"queued":(%d+)')) or 0
  redis.call('ZADD', q .. 'wait', queued * 1000 - priority_of(record) * HEAD_START, id)
end

local function put_later(q, id, due, priority)
  if due > now then
    redis.call('ZADD', q .. 'delayed', due, id)
  else
    put_last(q, id, priority)
  end
end

-- A record of JSON text has no newline until the job ends; then its tail stands after one.
local function is_closed(record)
  return string.find(record, '\n', 1, true) ~= nil
end

local function closed(record, tail)
  return string.sub(record, 1, -2) .. '\n' .. tail
end

-- Remove all there is of some jobs that nobody runs.
local function forget(q, ids)
  if #ids == 0 then
    return
  end
  for _, hash in ipairs(SPARSE) do
    redis.call('HDEL', q .. hash, unpack(ids))
  end
  for _, set in ipairs({ 'wait', 'delayed', 'complete', 'failed' }) do
    redis.call('ZREM', q .. set, unpack(ids))
  end
  redis.call('HDEL', q .. 'jobs', unpack(ids))
end

-- Evict the oldest of the ended jobs above a number of them; -1 is no limit.
local function trim(q, set, keep)
  local above = keep >= 0 and redis.call('ZCARD', q .. set) - keep or 0
  if above > 0 then
    forget(q, redis.call('ZRANGE', q .. set, 0, math.min(above, 500) - 1))
  end
end
