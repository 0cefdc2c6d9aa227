-- Add to counters, if a mark is where it is thought to be, and move it.
-- KEYS: the mark, the counters. ARGV: its place before and after, an increment for each counter.
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then
  return 0
end
for number = 2, #KEYS do
  redis.call('INCRBY', KEYS[number], ARGV[number + 1])
end
redis.call('SET', KEYS[1], ARGV[2])
return 1
