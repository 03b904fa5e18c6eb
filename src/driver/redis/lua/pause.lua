-- Pauses a queue or lets it run, and wakes those who wait for the end of a pause.
--
-- keys:    those of the queue
-- args:    state: "paused" or "running"
-- reply:   1
-- promise: may be repeated.
local state = ARGV[1]
if state == "paused" then
  redis.call("HSET", meta, "paused", "1")
else
  redis.call("HDEL", meta, "paused")
  ring()
end
finish()
return 1
