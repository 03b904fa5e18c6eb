-- Takes up to `limit` jobs from an owner's takers and makes them ready before all others.
--
-- keys:    those of the queue, then for each taker: what it holds
-- args:    owner, as: "interrupted" or "untouched", when: "expired" or "now", limit · then the takers
-- reply:   how many were given back; -1 when the owner's lease runs
-- promise: in the order in which they were taken, to the millisecond between the modes. When nothing is left, the takers
--          are forgotten. To be called until nothing is given back.
local owner, as, when, limit = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local FIRST_KEY, FIRST_TAKER = 19, 5

local lease = tonumber(redis.call("ZSCORE", owners, owner))
if when == "expired" and lease and lease > now then return -1 end

local held = {}
local function find_ranked(active)
  local list = redis.call("HGETALL", active)
  for at = 1, #list, 2 do
    local taken = tonumber(list[at + 1])
    held[#held + 1] = { id = list[at], active = active, idle = now - math.floor(taken / 1000), class = -1, order = taken }
  end
end

local function find_streamed(taker, class)
  local stream = streams[class]
  if redis.call("EXISTS", stream) == 0 then return end
  for _, entry in ipairs(redis.call("XPENDING", stream, GROUP, "-", "+", limit, taker)) do
    local found = redis.call("XRANGE", stream, entry[1], entry[1])[1]
    if found then
      local token, order = class .. " " .. entry[1], time_of(entry[1])
      held[#held + 1] = { id = found[2][2], token = token, idle = entry[3], class = class, order = order }
    else
      redis.call("XACK", stream, GROUP, entry[1])
    end
  end
end

local function stands_before(a, b)
  if a.class ~= b.class then return a.class < b.class end
  return a.order < b.order
end

-- Entries of one stream are delivered in their order, which is exact. How long ago is known to the millisecond, and
-- asked for at moments that differ; it only tells the streams' entries apart.
local function was_taken_before(a, b)
  if a.idle ~= b.idle then return a.idle > b.idle end
  return stands_before(a, b)
end
local function sort_held()
  table.sort(held, stands_before)
  for index = 2, #held do
    local one, before = held[index], held[index - 1]
    if one.class == before.class then one.idle = math.min(one.idle, before.idle) end
  end
  table.sort(held, was_taken_before)
end

for at = FIRST_TAKER, #ARGV do
  local active = KEYS[FIRST_KEY + at - FIRST_TAKER]
  redis.call("HDEL", offers, ARGV[at])
  collect_handed(ARGV[at], active)
  find_ranked(active)
  -- The last class first: what one call took of several stays in its order when the clock ticks between two of these.
  for class = 3, 0, -1 do find_streamed(ARGV[at], class) end
end
sort_held()

local ids = {}
for index = 1, math.min(#held, limit) do
  local one = held[index]
  ids[index] = one.id
  if one.token then drop_entry(one.id, one.token) else redis.call("HDEL", one.active, one.id) end
  if as == "interrupted" then redis.call("HINCRBY", interrupted, one.id, 1) end
end
make_ready(ids, class_zero(ids))

if #ids == 0 then
  for at = FIRST_TAKER, #ARGV do
    redis.call("ZREM", owners, ARGV[at])
    for class = 0, 3 do
      if redis.call("EXISTS", streams[class]) == 1 then
        redis.call("XGROUP", "DELCONSUMER", streams[class], GROUP, ARGV[at])
      end
    end
  end
end
finish()
return #ids
