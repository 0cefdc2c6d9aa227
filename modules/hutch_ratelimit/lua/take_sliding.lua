-- Take from one sliding window. KEYS[1]: the counter. ARGV: most, window, cost, now or ''.
-- Returns remaining, wait, reset.
--#include clock
--#include sliding
local most, window, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local now = clock(ARGV[4])
local wait, c, p, i = sliding.look(KEYS[1], most, window, cost, now)
if wait == 0 then
  c, p, i = sliding.add(KEYS[1], most, window, cost, now, c, p, i)
end
local remaining, reset = sliding.report(most, window, now, c, p)
return { remaining, wait, reset }
