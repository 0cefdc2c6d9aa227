-- Take from one sliding window. KEYS[1]: the counter. ARGV: most, window, cost, now or ''.
-- Returns one number, as take_fixed.lua does: remaining * (2 * window + 1) + reset in ms; where it
-- is refused, a list of remaining, wait, reset in microseconds.
--#include clock
--#include sliding
local most, window, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local now = clock(ARGV[4])
local wait, c, p, i = sliding_look(KEYS[1], most, window, cost, now)
if wait > 0 then
  local remaining, reset = sliding_report(most, window, now, c, p)
  return { remaining, wait, reset }
end
c, p = sliding_add(KEYS[1], most, window, cost, now, c, p, i)
local remaining, reset = sliding_report(most, window, now, c, p)
return remaining * (2 * window + 1) + reset / 1000
