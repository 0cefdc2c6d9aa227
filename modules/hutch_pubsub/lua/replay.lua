-- Add entries of a shelf to the inbox anew; returns the numbers of those that were there.
-- KEYS further: the shelf; ARGV further: numbers
--#include inbox
local SHELF, done = KEYS[6], {}
for at = FIRST, #ARGV do
  local found = redis.call('XRANGE', SHELF, ARGV[at], ARGV[at])[1]
  if found then
    local fields, once = {}, value_of(found[2], ONCE_BY)
    for i = 1, #found[2], 2 do
      if string.sub(found[2][i], 1, 6) ~= 'hutch:' then
        fields[#fields + 1] = found[2][i]
        fields[#fields + 1] = found[2][i + 1]
      end
    end
    if once ~= '' then redis.call('DEL', SEEN .. ':' .. redis.sha1hex(once)) end
    redis.call('XADD', S, '*', unpack(fields))
    redis.call('XDEL', SHELF, ARGV[at])
    done[#done + 1] = ARGV[at]
  end
end
overflow()
return done
