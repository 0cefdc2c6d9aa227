-- A fixed window: an integer with a time to live. Sizes are in milliseconds, waits and resets in
-- microseconds. A kind of limit is five functions; x, y, z is what it holds of a counter, here
-- the units used and the milliseconds left.
--
-- look(key, most, window, cost, now, exact) -> wait, x, y, z: the wait is 0 when the cost fits.
--   exact: the window's end is known to be `window` from now, whatever the key's time to live.
-- add(key, most, window, cost, now, x, y, z) -> x, y, z after taking
-- mark(longest, x, y, z) -> by what a token knows later what it took; the token lives `longest` ms
-- give(key, most, window, cost, now, x, y, z, mark, life) -> whether anything was given back
--   mark: nil without a token, else what mark() told; life: the milliseconds the token has left.
-- report(most, window, now, x, y, z) -> remaining, reset
local function fixed_look(key, most, window, cost, _, exact)
  local used, left = tonumber(redis.pcall('GET', key)), 0
  if used and used < 1e13 then -- else the name belonged to a limit of another kind
    left = redis.call('PTTL', key)
    if left < 0 or left > window and not exact then
      -- A counter that never ends would lock its user out for good; one that ends late comes
      -- from a longer window.
      redis.call('PEXPIRE', key, window)
      left = window
    elseif exact and left > 0 then
      left = window
    end
  end
  if left == 0 then
    used = 0
  end
  return used + cost > most and left * 1000 or 0, used, left
end

local function fixed_add(key, _, window, cost, _, used, left)
  if left == 0 then
    redis.call('SET', key, cost, 'PX', window)
    return cost, window
  end
  redis.call('INCRBY', key, cost)
  return used + cost, left
end

-- By how much longer than the window the token lives.
local function fixed_mark(longest, _, left)
  return longest - left
end

local function fixed_give(key, _, _, cost, _, used, left, _, mark, life)
  -- A window that ends later than the token's began later. A calendar's end and the token's come
  -- from two clocks: what is within half a second is one.
  if mark and (life <= mark or left > life - mark + 500) then
    return false
  end
  local back = math.min(cost, used)
  if back > 0 then
    redis.call('DECRBY', key, back)
  end
  return back > 0
end

local function fixed_report(most, _, _, used, left)
  return math.max(0, most - used), left * 1000
end
