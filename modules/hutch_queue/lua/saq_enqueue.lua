-- Store jobs in SAQ's layout, each unless a live one has its id.
-- KEYS: for each job its queue's incomplete set, its record, its queue's list, its abort flag.
-- ARGV: for each job its record, its due time in epoch seconds (0 = now), and whether a
--       record of an ended job keeps it out, too (1 = yes).
-- Returns 1 for each job that was stored, 0 for each that was not.
local stored = {}
for n = 1, #KEYS / 4 do
  local incomplete, job, queued, abort = KEYS[4 * n - 3], KEYS[4 * n - 2], KEYS[4 * n - 1], KEYS[4 * n]
  local record, due, once = ARGV[3 * n - 2], ARGV[3 * n - 1], ARGV[3 * n]
  local live = redis.call('ZSCORE', incomplete, job) or redis.call('EXISTS', abort) == 1
  if live or (once == '1' and redis.call('EXISTS', job) == 1) then
    stored[n] = 0
  else
    redis.call('SET', job, record)
    redis.call('ZADD', incomplete, due, job)
    if due == '0' then
      redis.call('RPUSH', queued, job)
    end
    stored[n] = 1
  end
end
return stored
