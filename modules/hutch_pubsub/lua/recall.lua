-- Read what a history has had since a position. KEYS: history; ARGV: ms-n
-- Returns: 1 where nothing in between is gone, the position now, and the entries.
local function parts(id)
  local ms, n = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(ms), tonumber(n)
end

local function at_most(a, b)
  local a_ms, a_n = parts(a)
  local b_ms, b_n = parts(b)
  return a_ms < b_ms or (a_ms == b_ms and a_n <= b_n)
end

local after, known = ARGV[1], {}
if redis.call('EXISTS', KEYS[1]) == 0 then
  return { after == '0-0' and 1 or 0, after, {} }
end
local info = redis.call('XINFO', 'STREAM', KEYS[1])
for i = 1, #info, 2 do known[info[i]] = info[i + 1] end
local last = known['last-generated-id']
if not at_most(after, last) then return { 0, last, {} } end
local found = redis.call('XRANGE', KEYS[1], '(' .. after, '+')
local added = known['entries-added']
local trimmed = not added or added > known['length']
local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
-- What has only its beginning before it may be the second history: the first has ended.
local whole = first and at_most(first[1], after) or (after == '0-0' and not trimmed)
if #found > 0 then after = found[#found][1] end
return { whole and 1 or 0, after, found }
