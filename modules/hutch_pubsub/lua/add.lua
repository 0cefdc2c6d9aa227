-- Add entries; returns their numbers and what was put aside.
-- ARGV further: for each entry the number of its fields and values, then these
--#include inbox
if redis.call('EXISTS', S) == 0 then redis.call('XGROUP', 'CREATE', S, G, '0', 'MKSTREAM') end
local ids, at = {}, FIRST
while at <= #ARGV do
  local size = tonumber(ARGV[at])
  ids[#ids + 1] = redis.call('XADD', S, '*', unpack(ARGV, at + 1, at + size))
  at = at + size + 1
end
overflow()
return { ids, flat(moved) }
