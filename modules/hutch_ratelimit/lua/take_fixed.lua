-- Take from one fixed window. KEYS[1]: the counter. ARGV: most, window, cost.
-- Returns one number, for a list costs the client as much as the script the server:
-- used * (window + 1) + left, negative when refused.
--#include fixed
local most, window, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local wait, used, left = fixed_look(KEYS[1], most, window, cost)
if wait > 0 then
  return -(math.min(used, most) * (window + 1) + left)
end
used, left = fixed_add(KEYS[1], most, window, cost, nil, used, left)
return used * (window + 1) + left
