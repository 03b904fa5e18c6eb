-- Makes the queue known, moves up to `limit` ready jobs into the form that its mode keeps them in, and drops up to
-- `limit` done ones that are kept beyond the bounds.
--
-- keys:    those of the queue
-- args:    modeNow, settingsNow (JSON), keepFailed, limit, keepDone: bounds, or "" when nothing is kept
-- reply:   how many jobs were moved or dropped; 0 when all are
-- promise: a job is moved as a whole, in its class and order. To be called until nothing is moved or dropped.
local modeNow, settingsNow, keepFailed, limit, keepDone = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5]

local mode_before = mode
-- Comes first: a server whose memory is full lets a script go on that began by deleting.
redis.call("HDEL", offers, "")
-- Who waits by the bell alone is woken, and says so again.
if redis.call("HDEL", meta, "byBell") == 1 then ring() end
redis.call("HSET", meta, "mode", modeNow, "settings", settingsNow, "keepFailed", keepFailed)
if keepDone == "" then redis.call("HDEL", meta, "keepDone") else redis.call("HSET", meta, "keepDone", keepDone) end
mode = modeNow
local moved, classes_of = {}, {}
if mode == "grab" then
  for class = 0, 3 do
    if redis.call("EXISTS", streams[class]) == 0 then make_stream(streams[class]) end
  end
  local popped = redis.call("ZPOPMIN", ready, limit)
  for at = 1, #popped, 2 do
    moved[#moved + 1], classes_of[#moved + 1] = popped[at], math.floor(popped[at + 1] / CLASS)
  end
else
  for class = 0, 3 do
    local stream = streams[class]
    if redis.call("EXISTS", stream) == 1 then
      local group = group_of(stream)
      local waiting = redis.call("XRANGE", stream, "(" .. group.last, "+", "COUNT", limit - #moved + 1)
      for _, entry in ipairs(waiting) do
        if #moved < limit then
          moved[#moved + 1], classes_of[#moved + 1] = entry[2][2], class
          drop_entry(entry[2][2], class .. " " .. entry[1])
        end
      end
      if #waiting == 0 and group.pending == 0 then redis.call("DEL", stream) end
    end
  end
end
was_ready = was_ready or false
make_ready(moved, classes_of)
if mode_before ~= mode then ring() end
local dropped = drop_kept(limit, keepDone == "" and NOTHING or keepDone)
finish()
return #moved + dropped
