-- Give units back. KEYS and ARGV as in take.lua, without ARGV[2]; a cost of 'all' empties.
-- Returns 1 if anything was given back, 0 if not, -1 if a calendar's period is over; and the time.
--#include clock
--#include counters
local now, cost = clock(ARGV[1]), tonumber(ARGV[2]) or 0
local count = (#ARGV - 2) / 4
local found = look(3, count, cost, now)
if not found then
  return { -1, now }
end
if ARGV[2] == 'all' then
  return { redis.call('DEL', unpack(KEYS)), now }
end
local marks, life = {}, 0
local token = KEYS[count + 1]
if token then
  life = redis.call('PTTL', token)
  for number in string.gmatch(redis.call('GET', token) or '', '%d+') do
    marks[#marks + 1] = tonumber(number)
  end
  redis.call('DEL', token)
  cost = table.remove(marks, 1)
  if not cost then
    return { 0, now }
  end
end
local given = 0
for k = 1, count do
  local kind, most, size, _, x, y, z = unpack(found[k], 1, 7)
  if kind.give(KEYS[k], most, size, cost, now, x, y, z, marks[k], life) then
    given = 1
  end
end
return { given, now }
