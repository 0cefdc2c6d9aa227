-- What the scripts of an inbox share.
-- KEYS: stream, order, dead, review, prefix of what was seen
-- ARGV: group, consumer, lease, max age, attempts, order field, once field, once for, retry
--       after, max length; times in ms, 0 is no limit. The order is a sorted set of
--       "sha1(value):number of the entry", so the first of a value is the one to be handled.
local S, ORDER, DEAD, REVIEW, SEEN = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local G, ME = ARGV[1], ARGV[2]
local LEASE, MAX_AGE, ATTEMPTS = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local ORDER_BY, ONCE_BY, ONCE_MS = ARGV[6], ARGV[7], ARGV[8]
local RETRY, MAX_LENGTH = tonumber(ARGV[9]), tonumber(ARGV[10])
local FIRST = 11
local PARTS = 7000 -- fields and values of an entry that is put aside; Lua unpacks no 8000

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local stopping = false
local out, moved, gone, handed = {}, {}, {}, {}

local function ms_of(id)
  return tonumber(string.match(id, '^(%d+)'))
end

local function count(reason)
  moved[reason] = (moved[reason] or 0) + 1
end

local function value_of(fields, name)
  if name ~= '' then
    for i = 1, #fields, 2 do
      if fields[i] == name then return fields[i + 1] end
    end
  end
  return ''
end

local function padded(digits)
  return string.rep('0', 20 - #digits) .. digits
end

local function member(key, id)
  local ms, n = string.match(id, '^(%d+)%-(%d+)$')
  return redis.sha1hex(key) .. ':' .. padded(ms) .. padded(n)
end

local function id_of(text)
  local ms = string.gsub(string.sub(text, 42, 61), '^0+(%d)', '%1')
  local n = string.gsub(string.sub(text, 62, 81), '^0+(%d)', '%1')
  return ms .. '-' .. n
end

local function head(key)
  local hash = redis.sha1hex(key)
  local first = redis.call('ZRANGEBYLEX', ORDER, '[' .. hash .. ':', '(' .. hash .. ';', 'LIMIT', 0, 1)
  return first[1] and id_of(first[1])
end

local function forget(key, id)
  if key ~= '' then redis.call('ZREM', ORDER, member(key, id)) end
end

local function fields_of(id)
  local found = redis.call('XRANGE', S, id, id)
  return found[1] and found[1][2]
end

local function pending(id)
  return redis.call('XPENDING', S, G, id, id, 1)[1]
end

local function claim(id, idle, deliveries)
  redis.call('XCLAIM', S, G, ME, 0, id, 'IDLE', idle, 'RETRYCOUNT', deliveries, 'JUSTID')
end

local function settle(id)
  redis.call('XACK', S, G, id)
  redis.call('XDEL', S, id)
end

local function shelve(shelf, id, fields, reason)
  local copy = { unpack(fields, 1, math.min(#fields, PARTS)) }
  if #fields > PARTS then
    reason = reason .. ' (kept ' .. PARTS / 2 .. ' of ' .. #fields / 2 .. ' fields)'
  end
  copy[#copy + 1] = 'hutch:id'
  copy[#copy + 1] = id
  copy[#copy + 1] = 'hutch:reason'
  copy[#copy + 1] = reason
  redis.call('XADD', shelf, '*', unpack(copy))
  settle(id)
end

-- Hand an entry to the consumer; false where it is put aside instead.
local function offer(key, id, fields, deliveries)
  if MAX_AGE > 0 and now - ms_of(id) > MAX_AGE then
    shelve(REVIEW, id, fields, 'too old')
    forget(key, id)
    count('too old')
    return false
  end
  local once = value_of(fields, ONCE_BY)
  if once ~= '' then
    local seen = SEEN .. ':' .. redis.sha1hex(once)
    if not redis.call('SET', seen, id, 'NX', 'PX', ONCE_MS) and redis.call('GET', seen) ~= id then
      settle(id)
      forget(key, id)
      count('duplicate')
      return false
    end
  end
  handed[id] = true
  out[#out + 1] = { id, deliveries, fields }
  return true
end

local function bury(key, id, fields, deliveries)
  shelve(DEAD, id, fields, 'delivered ' .. deliveries .. ' times, never settled')
  forget(key, id)
  count('delivered too often')
end

local function vanished(key, id)
  redis.call('XACK', S, G, id)
  forget(key, id)
  gone[#gone + 1] = id
end

-- Hand out the first of a value's entries, where nobody has it.
local function promote(key)
  while true do
    local id = head(key)
    if not id or handed[id] then return end
    local row = pending(id)
    if not row then
      forget(key, id)
    elseif row[4] > 0 and row[3] < LEASE then
      return
    else
      local fields = fields_of(id)
      if not fields then
        vanished(key, id)
      elseif row[4] >= ATTEMPTS then
        bury(key, id, fields, row[4])
      elseif stopping then
        claim(id, LEASE, row[4])
        return
      else
        claim(id, 0, row[4] + 1)
        if offer(key, id, fields, row[4] + 1) then return end
      end
    end
  end
end

-- Put the oldest entries that nobody has aside where there are too many.
local function overflow()
  local over = MAX_LENGTH > 0 and redis.call('XLEN', S) - MAX_LENGTH or 0
  if over <= 0 then return end
  local last = '0-0'
  for _, group in ipairs(redis.call('XINFO', 'GROUPS', S)) do
    local known = {}
    for i = 1, #group, 2 do known[group[i]] = group[i + 1] end
    if known['name'] == G then last = known['last-delivered-id'] end
  end
  for _, entry in ipairs(redis.call('XRANGE', S, '(' .. last, '+', 'COUNT', math.min(over, 500))) do
    shelve(REVIEW, entry[1], entry[2], 'inbox full')
    count('inbox full')
  end
end

local function flat(counts)
  local list = {}
  for reason, number in pairs(counts) do
    list[#list + 1] = reason
    list[#list + 1] = number
  end
  return list
end
