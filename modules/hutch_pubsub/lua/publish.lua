-- Keep an event in its topic's history and tell those who listen now; returns its number.
-- KEYS: history, channel; ARGV: JSON, how many to keep, for how many ms
local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], '*', 'v', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('PUBLISH', KEYS[2], id .. ' ' .. ARGV[1])
return id
