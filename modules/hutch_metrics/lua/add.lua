-- KEYS: the writer's last number, then a hash for each period.
-- ARGV: number, seconds to keep it, then for each hash: seconds, how many, (name, by)*
if tonumber(ARGV[1]) <= tonumber(redis.call('GET', KEYS[1]) or 0) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
local at, bad = 3, 0
for i = 2, #KEYS do
  local last, refused = at + 2 * ARGV[at + 1], 0
  for field = at + 2, last, 2 do
    local reply = redis.pcall('HINCRBY', KEYS[i], ARGV[field], ARGV[field + 1])
    if type(reply) == 'table' and reply.err then refused = refused + 1 end
  end
  -- a key that took none of them is not ours
  if refused < ARGV[at + 1] + 0 then redis.call('EXPIRE', KEYS[i], ARGV[at]) end
  bad = bad + refused
  at = last + 2
end
return bad
