-- Whether the value stands under every key.
local function owned(keys, value)
  for _, key in ipairs(keys) do
    if redis.call('GET', key) ~= value then return false end
  end
  return true
end
