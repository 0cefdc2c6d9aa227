-- A first write that needs no memory, and changes nothing: after it a server whose memory is full
-- lets the script go on. What ends jobs, and gives memory back, must not be refused.
redis.call('HDEL', KEYS[1] .. 'meta', '')
