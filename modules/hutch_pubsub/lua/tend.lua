-- Take entries whose lease has run out, and keep the length; see InboxStore.tend.
-- ARGV further: cursor, want
--#include inbox
-- After a write that needs no memory, a server whose memory is full lets the others pass.
redis.call('XACK', S, G, '0-0')
local PAGE = 100
local cursor, want = ARGV[FIRST], tonumber(ARGV[FIRST + 1])
local rows = redis.call('XPENDING', S, G, 'IDLE', LEASE, cursor, '+', PAGE)
local next_cursor = #rows == PAGE and '(' .. rows[PAGE][1] or '-'
for _, row in ipairs(rows) do
  local id, deliveries = row[1], row[4]
  if not handed[id] and pending(id) then
    local fields = fields_of(id)
    local key = fields and value_of(fields, ORDER_BY) or ''
    if not fields then
      vanished('', id)
    elseif #out >= want then
      next_cursor = '-'
    elseif key ~= '' then
      redis.call('ZADD', ORDER, 0, member(key, id))
      promote(key)
    elseif deliveries >= ATTEMPTS then
      bury('', id, fields, deliveries)
    else
      claim(id, 0, deliveries + 1)
      offer('', id, fields, deliveries + 1)
    end
  end
end
overflow()
if cursor == '-' then
  for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', S, G)) do
    local known = {}
    for i = 1, #consumer, 2 do known[consumer[i]] = consumer[i + 1] end
    if known['name'] ~= ME and known['pending'] == 0 and known['idle'] > 20 * LEASE then
      redis.call('XGROUP', 'DELCONSUMER', S, G, known['name'])
    end
  end
end
return { out, next_cursor, flat(moved), gone, redis.call('XLEN', S) }
