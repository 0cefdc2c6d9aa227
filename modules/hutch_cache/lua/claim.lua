-- KEYS: the claim, the value, the tags' versions. ARGV: token, milliseconds.
-- Returns whether the claim was taken, and what is there: read after the claim, so that
-- nobody loads what another one has just written.
local taken = redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2])
local found = { taken and 1 or 0 }
for i = 2, #KEYS do
  local value = redis.pcall('GET', KEYS[i])
  -- a key that holds something else, such as a list of older code, counts as empty
  found[i] = type(value) == 'string' and value or false
end
return found
