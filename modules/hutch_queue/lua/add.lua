-- How a job is stored, and how it ends without its worker's word.

-- Ids that this script ended, behind their base.
local just_ended = {}

local leave_group_of

-- Make room for a job; false if one with its id keeps it out.
local function make_room(q, id, mode)
  local record = redis.call('HGET', q .. 'jobs', id)
  if not record then
    return true
  end
  if mode == 'once' or redis.call('HEXISTS', q .. 'active', id) == 1 then
    return false
  end
  if not is_closed(record) then
    if mode ~= 'replace' then
      return false
    end
    leave_group_of(record)
  end
  forget(q, { id })
  return true
end

-- Store a job. mode: new (refused while one with its id is live), once (also when an ended one
-- is kept), replace (takes the place of one that is not running). due: 0 now, above 0 at this
-- time in ms, below 0 in so many ms. window: ms in which no second one is stored.
local function add(q, id, due, priority, mode, window, record)
  if window > 0 then
    local open_until = tonumber(redis.call('ZSCORE', q .. 'unique', id))
    if open_until and open_until > now then
      return 0
    end
  end
  if redis.call('HSETNX', q .. 'jobs', id, record) == 0 then
    if not make_room(q, id, mode) then
      return 0
    end
    redis.call('HSET', q .. 'jobs', id, record)
  end
  if window > 0 then
    redis.call('ZADD', q .. 'unique', now + window, id)
  end
  if due < 0 then
    due = now - due
  elseif just_ended[q .. id] then
    -- Not to be claimed in the same turn: who loses the reply to it holds the old job and would
    -- take this one, of the same id and attempt, for it.
    due = math.max(due, now + 1)
  end
  put_later(q, id, due, priority)
  return 1
end

-- The ids in ARGV from `first` on, if all of them are new, no two are the same, and all are due now.
local function fresh_ids(q, first)
  local ids, seen = {}, {}
  for i = first, #ARGV, 6 do
    local id, due, window = ARGV[i], ARGV[i + 1], ARGV[i + 4]
    if due ~= '0' or window ~= '0' or seen[id] then
      return
    end
    seen[id] = true
    ids[#ids + 1] = id
  end
  if #ids == 0 then
    return
  end
  for _, known in ipairs(redis.call('HMGET', q .. 'jobs', unpack(ids))) do
    if known then
      return
    end
  end
  return ids
end

-- Store such jobs: four commands for all of them instead of four for each.
local function add_fresh(q, first, ids)
  local records, orders, stored = {}, {}, {}
  for n, id in ipairs(ids) do
    local i = first + 6 * (n - 1)
    records[2 * n - 1], records[2 * n] = id, ARGV[i + 5]
    orders[2 * n - 1], orders[2 * n] = next_order(q, tonumber(ARGV[i + 2])), id
    stored[n] = 1
  end
  redis.call('HSET', q .. 'jobs', unpack(records))
  redis.call('ZADD', q .. 'wait', unpack(orders))
  keep_order(q)
  wake(q)
  return stored
end

-- Store the jobs that stand in ARGV from `first` on, six arguments each.
local function add_all(q, first)
  local fresh = fresh_ids(q, first)
  if fresh then
    return add_fresh(q, first, fresh)
  end
  local stored, any = {}, false
  for i = first, #ARGV, 6 do
    local id, due, priority, mode, window, record = unpack(ARGV, i, i + 5)
    local added = add(q, id, tonumber(due), tonumber(priority), mode, tonumber(window), record)
    stored[#stored + 1] = added
    any = any or added == 1
  end
  if any then
    wake(q)
  end
  return stored
end

-- A member of a group has ended; the last one enqueues the group's callback.
local function leave_group(q, group, ok)
  local groups = q .. 'groups'
  if redis.call('HEXISTS', groups, group) == 0 then
    return
  end
  if not ok then
    redis.call('HINCRBY', groups, group .. ':failed', 1)
  end
  if redis.call('HINCRBY', groups, group, -1) > 0 then
    return
  end
  local failed = tonumber(redis.call('HGET', groups, group .. ':failed') or 0) > 0
  local callback = redis.call('HGET', groups, group .. (failed and ':otherwise' or ':then'))
  redis.call('HDEL', groups, group, group .. ':failed', group .. ':then', group .. ':otherwise')
  if callback then
    local id, priority, record = string.match(callback, '^(%S+) (%S+) (.*)$')
    record = string.gsub(record, '^{"queued":%d+', string.format('{"queued":%d', now), 1)
    add(q, id, 0, tonumber(priority), 'new', 0, record)
    wake(q)
  end
end

-- The base and the id of the group to which a job belongs.
local function group_of(record)
  if string.find(record, '"group":[', 1, true) then
    local ok, job = pcall(cjson.decode, record)
    local group = ok and type(job.meta) == 'table' and job.meta.group
    if group then
      return group[1], group[2]
    end
  end
end

-- The same for a job that ends, or makes room, without its worker saying so.
leave_group_of = function(record)
  local base, group = group_of(record)
  if group then
    leave_group(base, group, false)
  end
end

-- A member that had ended runs anew; the group waits for it again if it still waits for others.
local function return_to_group_of(record, failed)
  local base, group = group_of(record)
  if group and redis.call('HEXISTS', base .. 'groups', group) == 1 then
    redis.call('HINCRBY', base .. 'groups', group, 1)
    if failed then
      redis.call('HINCRBY', base .. 'groups', group .. ':failed', -1)
    end
  end
end

-- End a job that no worker has.
local function fail(q, id, record, tail)
  redis.call('HSET', q .. 'jobs', id, closed(record, tail))
  redis.call('ZADD', q .. 'failed', now, id)
  redis.call('HINCRBY', q .. 'meta', 'failed', 1)
  redis.call('PUBLISH', q .. 'ended', 'f' .. id)
  for _, hash in ipairs({ 'tries', 'progress', 'aborting' }) do
    redis.call('HDEL', q .. hash, id)
  end
  leave_group_of(record)
end
