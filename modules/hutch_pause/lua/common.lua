-- What the scripts of pauses share. KEYS[1..3]: the pause of all, ZSET subject -> end in ms,
-- HASH subject -> reason ('' for all). ARGV[1..3]: the time in microseconds or '', the channel
-- ('' where the caller tells the events), the subject ('' where there is none).
--#include hutch_ratelimit:clock
local now = math.floor(clock(ARGV[1]) / 1000)
local ALL, ENDS, REASONS = KEYS[1], KEYS[2], KEYS[3]
local channel, subject = ARGV[2], ARGV[3]
local told = {}

-- ends is a number, or nil where there is none; an empty reason is none.
local function tell(who, action, ends, reason)
  local event = { contactId = who, action = action, expiresAt = ends or cjson.null }
  if reason and reason ~= '' then
    event.reason = reason
  end
  local text = cjson.encode(event)
  if channel == '' then
    told[#told + 1] = text
  else
    redis.call('PUBLISH', channel, text)
  end
end

-- What a script that tells something returns: with the events where the caller tells them.
local function answer(reply)
  if channel == '' then
    return { reply, told }
  end
  return reply
end

-- The time in ms under a key, where other programs write, too: nil if there is none, 0 if nobody
-- can read it: no string, no number, or not in the years 1 to 9999.
local function time_at(key)
  local value = redis.pcall('GET', key)
  if not value then
    return nil
  end
  local time = tonumber(value)
  return time and time >= -62135596800000 and time < 253402300800000 and time or 0
end

-- When the pause under a key ends: nil if it does not hold (any more), 0 if nobody knows when.
local function end_of(key)
  local ends = time_at(key)
  if ends and ends ~= 0 and ends <= now then
    return nil
  end
  return ends
end

local function keep_reason(field, reason)
  if reason == '' then
    redis.call('HDEL', REASONS, field)
  else
    redis.call('HSET', REASONS, field, reason)
  end
end

-- Pause the subject until `ends`, which is later than now, and tell it.
local function set_pause(key, ends, reason)
  local before = redis.call('ZSCORE', ENDS, subject)
  if before and tonumber(before) <= now and not end_of(key) then
    tell(subject, 'resume', tonumber(before), 'expired') -- it ran out, and nobody has told yet
  end
  redis.call('SET', key, string.format('%.0f', ends), 'PX', ends - now)
  redis.call('ZADD', ENDS, ends, subject)
  keep_reason(subject, reason)
  tell(subject, 'pause', ends, reason)
end
