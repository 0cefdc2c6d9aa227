-- A steady rate: the time at which all units will be back, in microseconds; that is x. `most` is
-- the burst, `interval` what one unit takes to come back. See fixed.lua for the functions.
local function gcra_keep(key, back, now)
  -- Lua's own way to write such a number would cut it.
  redis.call('SET', key, string.format('%.0f', back), 'PX', math.ceil((back - now) / 1000))
end

local function gcra_look(key, most, interval, cost, now)
  local full, back = most * interval, tonumber(redis.pcall('GET', key))
  if not back or back < now then -- or the name was that of a limit of another kind
    back = now
  end
  if back > now + full then
    -- The clock was set back, or the limit was larger: wait no longer than this one ever asks.
    back = now + full
    gcra_keep(key, back, now)
  end
  return math.max(0, back + interval * cost - full - now), back
end

local function gcra_add(key, _, interval, cost, now, back)
  back = back + interval * cost
  gcra_keep(key, back, now)
  return back
end

local function gcra_mark(_, back)
  return back
end

-- At the mark all that the token took is back by itself; before, what is left of it is given.
local function gcra_give(key, _, interval, cost, now, back, _, _, mark)
  local given = math.min(interval * cost, mark and mark - now or interval * cost)
  if back == now or given <= 0 then
    return false
  end
  back = math.max(now, back - given)
  if back == now then
    redis.call('DEL', key)
  else
    gcra_keep(key, back, now)
  end
  return true
end

local function gcra_report(most, interval, now, back)
  return math.floor((most * interval - back + now) / interval), back - now
end
