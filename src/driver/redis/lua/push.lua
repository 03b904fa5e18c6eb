-- Makes jobs, ready or delayed, once for each batch.
--
-- keys:    those of the queue
-- args:    pusher, numberOfBatch: name the batch · idList: the ids, JSON · otherThan: { place, class, delayMs } of each job
--          that is not to be ready at once in the class of normal ones, JSON · then the envelope of each job
-- reply:   { 1 when the queue was unknown, else 0; ids that the queue held already }
-- promise: a batch with a number that is not higher than the pusher's last one changes nothing. A job whose id is
--          known is left as it is.
local pusher, numberOfBatch, idList, otherThan = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local BEFORE_FIRST, NORMAL = 4, 2

local before = redis.call("HGET", pushers, pusher)
if before and tonumber(string.match(before, "^%d+")) >= tonumber(numberOfBatch) then return { 0, {} } end

local names = cjson.decode(idList)
local class_of, delay_of = {}, {}
for _, other in ipairs(cjson.decode(otherThan)) do class_of[other[1]], delay_of[other[1]] = other[2], other[3] end

local duplicates, ids, classes_of = {}, {}, {}
local made, ready_now = 0, 0
local function make(id, class, delayMs)
  made = made + 1
  if class ~= NORMAL then redis.call("HSET", classes, id, class) end
  if delayMs > 0 then return delay(id, delayMs) end
  ready_now = ready_now + 1
  ids[ready_now], classes_of[ready_now] = id, class
end

-- A number of jobs at once costs far less than one by one: what is new is written together.
local function make_some(from, to)
  local known = redis.call("HMGET", jobs, unpack(names, from, to))
  local new, met, fields = {}, {}, 0
  for at = from, to do
    local id = names[at]
    if known[at - from + 1] or met[id] then
      duplicates[#duplicates + 1] = id
    else
      met[id] = true
      new[fields + 1], new[fields + 2] = id, ARGV[BEFORE_FIRST + at]
      fields = fields + 2
      make(id, class_of[at] or NORMAL, delay_of[at] or 0)
    end
  end
  if fields > 0 then redis.call("HSET", jobs, unpack(new)) end
end

for from = 1, #names, STEP_READY do make_some(from, math.min(from + STEP_READY - 1, #names)) end

-- A job that comes alone, small enough to be told with the ring, goes straight to a taker that has offered to begin one
-- at once: it is spared a call. Never past jobs that wait, and never to one whose lease is over.
local MOST_CARRIED = 4096
local function hand_over(id, envelope)
  if mode ~= "distribute" or paused then return false end
  was_ready = is_any_ready()
  if was_ready then return false end
  local offer = redis.call("HRANDFIELD", offers, 1, "WITHVALUES")
  local taker, room = offer[1], tonumber(offer[2])
  if not taker then return false end
  local lease = tonumber(redis.call("ZSCORE", owners, taker))
  if not lease or lease <= now then return false end
  if room > 1 then redis.call("HINCRBY", offers, taker, -1) else redis.call("HDEL", offers, taker) end
  local token = number(tick())
  redis.call("HSET", handed, id, token .. " " .. taker)
  sound("for", taker, "id", id, "token", token, "envelope", envelope)
  return true
end

local envelope = ARGV[BEFORE_FIRST + 1]
local carried = #ids == 1 and #names == 1 and #envelope <= MOST_CARRIED and envelope or nil
if not (carried and hand_over(ids[1], carried)) then make_ready(ids, classes_of, carried) end

-- Pushers that were not heard of for an hour have no batch under way. A few are looked at for each new one.
local HOUR = 3600000
if redis.call("HSET", pushers, pusher, numberOfBatch .. ":" .. number(now)) == 1 then
  local step = redis.call("HSCAN", pushers, redis.call("HGET", meta, "trim") or "0", "COUNT", 20)
  for at = 1, #step[2], 2 do
    if tonumber(string.match(step[2][at + 1], "%d+$")) < now - HOUR then redis.call("HDEL", pushers, step[2][at]) end
  end
  redis.call("HSET", meta, "trim", step[1])
end

local is_new = redis.call("HINCRBY", meta, "pushed", made) == made and not mode
finish()
return { is_new and 1 or 0, duplicates }
