-- Renew the lease of entries; returns those that somebody else has.
-- ARGV further: numbers of entries
--#include inbox
local lost = {}
for at = FIRST, #ARGV do
  local row = pending(ARGV[at])
  if row and row[2] == ME then
    claim(ARGV[at], 0, row[4])
  else
    lost[#lost + 1] = ARGV[at]
  end
end
return lost
