-- KEYS: the claim, and the value where that is to go with it. ARGV: token.
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('UNLINK', unpack(KEYS))
end
return 0
