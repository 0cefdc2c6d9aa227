-- KEYS: the tags' versions. ARGV: milliseconds they are needed (0: for ever), a random number
-- of three digits.
-- A missing version begins at the time in microseconds with the random digits behind it, so
-- that it is above all that were ever used, also after an eviction. It is put together as
-- text: nineteen digits do not fit into Lua's numbers.
local now = redis.call('TIME')
local seed = now[1] .. string.format('%06d', tonumber(now[2])) .. ARGV[2]
local needed = tonumber(ARGV[1])
local found = {}
for i = 1, #KEYS do
  local version = redis.call('GET', KEYS[i])
  if not version then
    version = seed
    redis.call('SET', KEYS[i], seed)
    if needed > 0 then
      redis.call('PEXPIRE', KEYS[i], ARGV[1])
    end
  else
    local left = redis.call('PTTL', KEYS[i])
    if left >= 0 and needed == 0 then
      redis.call('PERSIST', KEYS[i])
    elseif left >= 0 and left < needed then
      redis.call('PEXPIRE', KEYS[i], ARGV[1])
    end
  end
  found[i] = version
end
return found
