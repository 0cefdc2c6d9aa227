-- KEYS: record, then the user's index and epoch where there is a user.
-- ARGV[2]: lifetime in seconds; ARGV[3]...: see `begin`.
--#include record
--#include begin
begin(KEYS[1], now, now + ARGV[2], 3, KEYS[2], KEYS[3])
return returned(KEYS[1], alive(KEYS[1]))
