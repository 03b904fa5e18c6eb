-- Counts the jobs of a queue by state.
--
-- keys:    those of the queue
-- args:    none
-- reply:   { mode or "", "1" when paused, pushed, done, ready, delayed, active, failed, kept, milliseconds that the
--          oldest ready job has waited or -1 }
-- promise: changes nothing. What is neither ready, delayed, failed nor kept is active.

-- How many jobs wait in the streams. A stream also has entries of jobs that are done, until they are trimmed away.
local function count_streamed()
  local count = redis.call("HLEN", entries)
  for class = 0, 3 do
    if count > 0 and redis.call("EXISTS", streams[class]) == 1 then count = count - group_of(streams[class]).pending end
  end
  return count
end

local oldest = math.huge
local ready_now = redis.call("ZCARD", ready) + count_streamed()
for class = 0, 3 do
  local first = redis.call("ZRANGEBYSCORE", ready, class * CLASS, "(" .. number((class + 1) * CLASS), "WITHSCORES", "LIMIT", 0, 1)
  if first[2] then oldest = math.min(oldest, (first[2] - class * CLASS) / 1000) end
  if redis.call("EXISTS", streams[class]) == 1 then
    local entry = redis.call("XRANGE", streams[class], "(" .. group_of(streams[class]).last, "+", "COUNT", 1)[1]
    if entry then oldest = math.min(oldest, time_of(entry[1]) / 1000) end
  end
end
local delayed_now, failed_now, kept_now = redis.call("ZCARD", delayed), redis.call("ZCARD", failed), redis.call("ZCARD", kept)
local done = redis.call("HGET", meta, "done")
return {
  mode or "", paused and "1" or "0", tonumber(settings[8] or 0), tonumber(done or 0), ready_now, delayed_now,
  math.max(0, redis.call("HLEN", jobs) - ready_now - delayed_now - failed_now - kept_now), failed_now, kept_now,
  oldest == math.huge and -1 or math.max(0, math.floor(now - oldest)),
}
