-- Deletes up to `limit` jobs that are not active.
--
-- keys:    those of the queue
-- args:    limit, at most 500
-- reply:   how many were deleted
-- promise: 0 means that none are left. Counters go on.
local limit = tonumber(ARGV[1])
local gone = {}
for _, key in ipairs({ ready, delayed, failed }) do
  if #gone < limit then
    local popped = redis.call("ZPOPMIN", key, limit - #gone)
    for at = 1, #popped, 2 do gone[#gone + 1] = popped[at] end
  end
end
for class = 0, 3 do
  local stream = streams[class]
  if #gone < limit and redis.call("EXISTS", stream) == 1 then
    local waiting = redis.call("XRANGE", stream, "(" .. group_of(stream).last, "+", "COUNT", limit - #gone)
    for _, entry in ipairs(waiting) do
      drop_entry(entry[2][2], class .. " " .. entry[1])
      gone[#gone + 1] = entry[2][2]
    end
  end
end
if #gone > 0 then forget(unpack(gone)) end
return #gone + (#gone < limit and drop_kept(limit - #gone, NOTHING) or 0)
