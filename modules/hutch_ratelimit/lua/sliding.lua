-- A sliding window, counted by two windows that stand: HASH i (the current window's number),
-- c (its units), p (those of the window before). All arithmetic is in whole milliseconds, so that
-- nothing is rounded. See fixed.lua for the functions; x, y, z are c, p, i.
local function sliding_keep(key, window, now, c, p, index)
  redis.call('HSET', key, 'i', index, 'c', c, 'p', p)
  redis.call('PEXPIRE', key, 2 * window - math.floor(now / 1000) % window)
end

local function sliding_look(key, most, window, cost, now)
  local millis = math.floor(now / 1000)
  local index, at = math.floor(millis / window), millis % window
  local hash = redis.pcall('HMGET', key, 'i', 'c', 'p')
  if hash.err then -- the name belonged to a limit of another kind
    redis.call('DEL', key)
    hash = {}
  end
  local i, c, p = tonumber(hash[1]) or index, tonumber(hash[2]) or 0, tonumber(hash[3]) or 0
  if i == index - 1 then
    c, p = 0, c
  elseif i < index - 1 then
    c, p = 0, 0
  elseif i > index then -- the clock was set back, or the window was shorter
    sliding_keep(key, window, now, c, p, index)
  end
  local room = most - c - cost
  local wait = 0 -- until p * (window - at) <= room * window
  if p * (window - at) > room * window then
    if room >= 0 then -- it fits as soon as enough of the window before has gone by
      wait = window - math.floor(room * window / p) - at
    else -- in the next window
      wait = 2 * window - at - math.floor((most - cost) * window / c)
    end
  end
  return wait * 1000, c, p, index
end

local function sliding_add(key, _, window, cost, now, c, p, index)
  if c > 0 then -- the rest is as the window's first unit left it; each write costs
    redis.call('HINCRBY', key, 'c', cost)
  else
    sliding_keep(key, window, now, cost, p, index)
  end
  return c + cost, p, index
end

local function sliding_mark(_, _, _, index)
  return index
end

-- To the window the token took in, while that counts; without one, the latest units first.
local function sliding_give(key, _, window, cost, now, c, p, index, mark)
  local latest = (not mark or mark == index) and math.min(cost, c) or 0
  local before = (not mark or mark == index - 1) and math.min(cost - latest, p) or 0
  if latest + before > 0 then
    sliding_keep(key, window, now, c - latest, p - before, index)
  end
  return latest + before > 0
end

local function sliding_report(most, window, now, c, p)
  local at, reset = math.floor(now / 1000) % window, 0
  if c > 0 then
    reset = 2 * window - at
  elseif p > 0 then
    reset = window - at
  end
  local free = (most - c) * window - p * (window - at)
  return math.max(0, math.floor(free / window)), reset * 1000
end
