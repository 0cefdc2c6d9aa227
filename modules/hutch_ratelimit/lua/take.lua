-- Take from all counters or from none.
-- KEYS: the counters, then the token's key if there is one.
-- ARGV: now or '', 'take' or 'peek', cost, then the counters as counters.lua reads them.
-- Returns status, now, then for each counter: remaining, wait, reset.
--   status: 0 refused, 1 taken (or would be), 2 the token had taken before, -1 another period
--#include clock
--#include counters
local now, cost = clock(ARGV[1]), tonumber(ARGV[3])
local count = (#ARGV - 3) / 4
local found = look(4, count, cost, now)
if not found then
  return { -1, now }
end

local token, status = KEYS[count + 1], 1
if token and redis.call('EXISTS', token) == 1 then
  status = 2
else
  for k = 1, count do
    if found[k][4] > 0 then
      status = 0
    end
  end
end

local reply, longest = { status, now }, 1
for k = 1, count do
  local kind, most, size, wait, x, y, z = unpack(found[k], 1, 7)
  if status == 1 and ARGV[2] == 'take' then
    x, y, z = kind.add(KEYS[k], most, size, cost, now, x, y, z)
    found[k][5], found[k][6], found[k][7] = x, y, z
  end
  local remaining, reset = kind.report(most, size, now, x, y, z)
  longest = math.max(longest, math.ceil(reset / 1000))
  reply[3 * k], reply[3 * k + 1], reply[3 * k + 2] = remaining, status == 0 and wait or 0, reset
end
if token and status == 1 then
  local marks = { cost }
  for k = 1, count do
    local kind, _, _, _, x, y, z = unpack(found[k], 1, 7)
    marks[k + 1] = string.format('%.0f', kind.mark(longest, x, y, z))
  end
  redis.call('SET', token, table.concat(marks, ' '), 'PX', longest)
end
return reply
