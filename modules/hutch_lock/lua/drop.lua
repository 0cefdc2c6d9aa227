-- KEYS: what is claimed. ARGV: value. What is no string is somebody else's.
local all = 1
for _, key in ipairs(KEYS) do
  if redis.pcall('GET', key) == ARGV[1] then redis.call('DEL', key) else all = 0 end
end
return all
