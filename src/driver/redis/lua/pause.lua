-- Pauses a queue or lets it run, and wakes all who wait, for a job or for the end of a pause.
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
end
ring()
finish()
return 1
