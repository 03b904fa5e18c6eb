-- What a queue keeps of its jobs that are done: a part of every script that changes it. A job that is kept is one like
-- any other, and stands in `kept` by the time when it was done. The bounds are "count milliseconds bytes", "-" for none.
local bounds, NOTHING = settings[6], "0 - -"

-- Asked once, since most queues have no records.
local has_records
local function size_of(id)
  if has_records == nil then has_records = redis.call("EXISTS", records) == 1 end
  return redis.call("HSTRLEN", jobs, id) + (has_records and redis.call("HSTRLEN", records, id) or 0)
end

-- Keeps up to 1000 jobs that are done instead of forgetting them, and returns how many they are.
local function keep(...)
  redis.call("HDEL", classes, ...)
  local met, ranked, bytes = {}, {}, 0
  for _, id in ipairs({ ... }) do
    if not met[id] then
      met[id] = true
      ranked[#ranked + 1] = number(tick())
      ranked[#ranked + 1] = id
      bytes = bytes + size_of(id)
    end
  end
  redis.call("ZADD", kept, unpack(ranked))
  redis.call("HINCRBY", meta, "keptBytes", number(bytes))
  return #ranked / 2
end

-- Forgets what is kept beyond these bounds, oldest first and at most `limit` of them. Returns how many.
local function drop_kept(limit, within)
  local count, age, bytes = string.match(within, "^(%S+) (%S+) (%S+)$")
  local over = redis.call("ZCARD", kept) - (tonumber(count) or math.huge)
  if age ~= "-" then over = math.max(over, redis.call("ZCOUNT", kept, "-inf", "(" .. number(micros - age * 1000))) end
  local left, most = tonumber(redis.call("HGET", meta, "keptBytes") or 0), tonumber(bytes) or math.huge
  local gone = {}
  local function pop(wanted)
    local popped = redis.call("ZPOPMIN", kept, wanted)
    for at = 1, #popped, 2 do
      gone[#gone + 1] = popped[at]
      left = left - size_of(popped[at])
    end
    return #popped > 0
  end
  if over > 0 then pop(math.min(over, limit)) end
  while left > most and #gone < limit and pop(1) do end
  if #gone == 0 then return 0 end
  redis.call("HSET", meta, "keptBytes", number(left))
  forget(unpack(gone))
  return #gone
end
