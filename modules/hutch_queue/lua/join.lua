-- A worker comes, or comes back under a new name after it lost its connection: what it still holds
-- is its own again, what it was sent and never saw waits, with no attempt charged.
-- ARGV: time, new name, lease in ms, what it tells about itself, concurrency, rate and period in ms
--       of the queue (0: no limit), how many old names, those, then id and attempt of each job it holds.
-- Returns the ids of the jobs that are its own again.
--#include without_memory
--#include common
local q, worker, old_names = KEYS[1], ARGV[2], tonumber(ARGV[8])
redis.call('HSETNX', q .. 'meta', 'schema', 1)
for name, value in pairs({ concurrency = ARGV[5], rate = ARGV[6], period = ARGV[7] }) do
  if value == '0' then
    redis.call('HDEL', q .. 'meta', name)
  else
    redis.call('HSET', q .. 'meta', name, value)
  end
end
redis.call('ZADD', q .. 'workers', now + tonumber(ARGV[3]), worker)
redis.call('HSET', q .. 'info', worker, ARGV[4])

local was, any = {}, false
for i = 9, 8 + old_names do
  if redis.call('ZREM', q .. 'workers', ARGV[i]) == 1 then
    was[ARGV[i]], any = true, true
    redis.call('HDEL', q .. 'info', ARGV[i])
    if redis.call('HDEL', q .. 'meta', 'quiet:' .. ARGV[i]) == 1 then
      redis.call('HSET', q .. 'meta', 'quiet:' .. worker, 1)
    end
  end
end
if not any then
  return {}
end
local holds, kept = {}, {}
for i = 9 + old_names, #ARGV, 2 do
  holds[ARGV[i]] = ARGV[i + 1]
end
local active = redis.call('HGETALL', q .. 'active')
for i = 1, #active, 2 do
  local id = active[i]
  local attempt, holder = string.match(active[i + 1], '^(%d+):(.*)$')
  if was[holder] then
    if holds[id] == attempt then
      redis.call('HSET', q .. 'active', id, attempt .. ':' .. worker)
      kept[#kept + 1] = id
    else
      local _, excused, deaths = tries_of(q, id)
      redis.call('HDEL', q .. 'active', id)
      set_tries(q, id, attempt - 1, excused, deaths)
      put_back(q, id, redis.call('HGET', q .. 'jobs', id))
      wake(q)
    end
  end
end
return kept
