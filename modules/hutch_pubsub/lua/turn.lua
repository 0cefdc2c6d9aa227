-- Settle what is done, then take new entries; see InboxStore.turn.
-- ARGV further: want, how many are handled that have no order, and their numbers; then for
-- each other that is done: kind, number, value of its order, reason, which delivery
--#include inbox
-- After a write that needs no memory, a server whose memory is full lets the others pass.
redis.call('XACK', S, G, '0-0')
local want = tonumber(ARGV[FIRST])
stopping = want < 0
local plain = tonumber(ARGV[FIRST + 1])
local acks, freed = { unpack(ARGV, FIRST + 2, FIRST + 1 + plain) }, {}
for at = FIRST + 2 + plain, #ARGV, 5 do
  local kind, id, key, reason = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
  if kind == 'ack' then
    acks[#acks + 1] = id
    forget(key, id)
    freed[key] = true
  else
    local row = pending(id)
    if row and row[2] == ME and row[4] == tonumber(ARGV[at + 4]) then
      if kind == 'later' then
        claim(id, LEASE - RETRY, row[4])
      elseif kind == 'back' then
        claim(id, LEASE, math.max(0, row[4] - 1))
      else
        local fields = fields_of(id)
        if fields then shelve(DEAD, id, fields, reason) else redis.call('XACK', S, G, id) end
        forget(key, id)
        freed[key] = true
      end
    end
  end
end
if #acks > 0 then
  redis.call('XACK', S, G, unpack(acks))
  redis.call('XDEL', S, unpack(acks))
end
freed[''] = nil
for key in pairs(freed) do promote(key) end

local read = {}
if want > 0 then
  local streams = redis.call('XREADGROUP', 'GROUP', G, ME, 'COUNT', want, 'STREAMS', S, '>')
  read = streams and streams[1] and streams[1][2] or {}
end
-- They come in their order: if the first is fresh, all are.
local fresh = MAX_AGE == 0 or not read[1] or now - ms_of(read[1][1]) <= MAX_AGE
local as_read = ORDER_BY == '' and ONCE_BY == '' and fresh
for _, entry in ipairs(as_read and {} or read) do
  local id, fields = entry[1], entry[2]
  local key = value_of(fields, ORDER_BY)
  if key == '' then
    offer(key, id, fields, 1)
  else
    redis.call('ZADD', ORDER, 0, member(key, id))
    if head(key) ~= id then
      claim(id, 0, 0)
      promote(key)
    elseif not offer(key, id, fields, 1) then
      promote(key)
    end
  end
end
local last = '' -- where more may wait, there is no number to wait for
if #read < want then
  local info = redis.call('XINFO', 'STREAM', S)
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then last = info[i + 1] end
  end
end
return { out, last, flat(moved), gone, as_read and read or {} }
