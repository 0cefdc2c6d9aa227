-- KEYS: the tags' versions. A missing one stays so: nothing that was stored agrees with it.
for i = 1, #KEYS do
  if redis.call('EXISTS', KEYS[i]) == 1 then
    local version = redis.pcall('INCR', KEYS[i])
    if type(version) == 'table' then
      -- the server is full: without its version a tag invalidates as well
      redis.call('DEL', KEYS[i])
    end
  end
end
return 1
