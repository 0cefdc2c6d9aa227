-- Whether the value stands under every key; what is no string there is somebody else's.
local function owned(keys, value)
  for _, key in ipairs(keys) do
    if redis.pcall('GET', key) ~= value then return false end
  end
  return true
end
