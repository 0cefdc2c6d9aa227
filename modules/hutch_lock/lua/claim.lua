-- KEYS: the last fence, then what is claimed. ARGV: value, ms.
-- Claim and fence are one step: drawn afterwards, by a process that was frozen in between, the
-- fence of a holder that lost its lock would be above that of the next one.
for i = 2, #KEYS do
  local found = redis.pcall('GET', KEYS[i])
  -- what is no string is not ours: it is taken, by nobody who is known
  if type(found) == 'table' then found = '' end
  if found then return {i, found, redis.call('PTTL', KEYS[i])} end
end
local time = redis.call('TIME')
local last = tonumber(redis.call('GET', KEYS[1]) or 0)
-- By the clock, so that it rises although a server lost its last writes.
local fence = string.format('%.0f', math.max(last + 1, time[1] * 1000000 + time[2]))
redis.call('SET', KEYS[1], fence)
for i = 2, #KEYS do redis.call('SET', KEYS[i], ARGV[1], 'PX', ARGV[2]) end
return fence
