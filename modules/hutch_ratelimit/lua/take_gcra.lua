-- Take from one steady rate. KEYS[1]: the counter. ARGV: most, interval, cost, now or ''.
-- Returns the reset, negative when refused: the rest follows from it.
--#include clock
--#include gcra
local most, interval, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local now = clock(ARGV[4])
local wait, back = gcra_look(KEYS[1], most, interval, cost, now)
if wait > 0 then
  return now - back
end
return gcra_add(KEYS[1], most, interval, cost, now, back) - now
