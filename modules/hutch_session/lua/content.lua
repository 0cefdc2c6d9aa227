-- ARGV[at]: the data; ARGV[at + 1]: how many plain texts there are; their names and texts; then
-- the names of those to remove.
local function put(key, at)
  local count = tonumber(ARGV[at + 1])
  redis.call('HSET', key, 'data', ARGV[at])
  for i = at + 2, at + 2 * count, 2 do
    redis.call('HSET', key, ARGV[i], ARGV[i + 1])
  end
  for i = at + 2 + 2 * count, #ARGV do
    redis.call('HDEL', key, ARGV[i])
  end
end
