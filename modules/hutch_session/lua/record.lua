-- The record of a session, a Hash; times in Unix seconds:
--   createdAt, expiresAt, seenAt, version, data, userId (where there is one), and copies of plain texts;
--   idle    seconds that it lives without a request
--   handle  its public name
--   stamp   what its login was stamped with, if it was
--   remember  is there if it is to outlive the browser
--   issued  when this id was issued, in microseconds: at or before the user's epoch it is revoked
--   index   the key of the user's handles, a sorted set by expiry
--   epoch   the key of the user's epoch
--   next    the key of the record that it was moved to; with `follow` one is led there
-- ARGV[1] is the time in microseconds, or '' for the server's own.
local now, now_us
if ARGV[1] == '' then
  local time = redis.call('TIME')
  now = tonumber(time[1])
  now_us = now * 1000000 + time[2]
else
  now_us = tonumber(ARGV[1])
  now = math.floor(now_us / 1000000)
end

-- The places of a record's fields in what is read; the first eight are what is returned.
local USER, CREATED, EXPIRES, SEEN, VERSION, DATA, STAMP, REMEMBER = 1, 2, 3, 4, 5, 6, 7, 8
local IDLE, ISSUED, EPOCH, NEXT = 9, 10, 11, 12

-- Reads a record that has not ended.
local function alive(key)
  local r = redis.call('HMGET', key, 'userId', 'createdAt', 'expiresAt', 'seenAt', 'version',
    'data', 'stamp', 'remember', 'idle', 'issued', 'epoch', 'next')
  if not r[CREATED] then
    return nil
  end
  local over = tonumber(r[EXPIRES]) <= now or r[SEEN] + r[IDLE] <= now
  if not over and r[EPOCH] then
    local epoch = redis.call('GET', r[EPOCH])
    over = epoch and tonumber(r[ISSUED]) <= tonumber(epoch)
  end
  if over then
    redis.call('UNLINK', key)
    return nil
  end
  return r
end

-- Finds the record that a key means: itself, or where it was moved to.
local function resolve(key)
  local r = alive(key)
  if not r or not r[NEXT] then
    return r and key, r
  end
  local last, heir = resolve(r[NEXT])
  if not last then
    -- Whoever ended the new one has ended the old one, too.
    redis.call('UNLINK', key)
    return nil
  end
  if redis.call('HEXISTS', key, 'follow') == 1 then
    return last, heir
  end
  return key, r
end

local function touch(key, idle, expires)
  -- A server that is full refuses this, which is no reason not to read.
  redis.pcall('HSET', key, 'seenAt', now)
  redis.call('EXPIRE', key, math.min(tonumber(idle), expires - now))
end

-- Makes the answer: the record, and its handle unless it is the one that was asked for.
local function returned(key, r)
  for i = NEXT, REMEMBER + 1, -1 do
    r[i] = nil
  end
  if key ~= KEYS[1] then
    r[REMEMBER + 1] = redis.call('HGET', key, 'handle')
  end
  return r
end
