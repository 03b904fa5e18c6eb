-- Makes jobs, ready or delayed, once for each batch.
--
-- keys:    those of the queue
-- args:    pusher, numberOfBatch: name the batch · idList: the ids, JSON · otherThan: { place, class, delayMs, mayBeKnown }
--          of each job that is not to be ready at once in the class of normal ones, or whose id may be known, JSON, or "" ·
--          then the envelope of each job
-- reply:   { 1 when the queue was unknown, else 0; ids that the queue held already }
-- promise: a batch with a number that is not higher than the pusher's last one changes nothing. A job whose id may be
--          known, and is, is left as it is.
local pusher, numberOfBatch, idList, otherThan = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local BEFORE_FIRST = 4

local before = settings[9]
if before and tonumber(string.match(before, "^%d+")) >= tonumber(numberOfBatch) then return { 0, {} } end

local names = cjson.decode(idList)
local others = {}
if otherThan ~= "" then
  for _, other in ipairs(cjson.decode(otherThan)) do others[other[1]] = { class = other[2], delayMs = other[3], mayBeKnown = other[4] } end
end

local duplicates, ids, classes_of = {}, {}, {}
local made, ready_now = 0, 0

-- Those of the ids from a place to a place that the queue holds, as far as it may.
local function known_ids(from, to)
  local asked, known = {}, {}
  for at = from, to do
    if others[at] and others[at].mayBeKnown then asked[#asked + 1] = names[at] end
  end
  if #asked == 0 then return known end
  local found = redis.call("HMGET", jobs, unpack(asked))
  for index, id in ipairs(asked) do known[id] = found[index] and true end
  return known
end

local function make(id, class, delayMs)
  made = made + 1
  if class ~= NORMAL then redis.call("HSET", classes, id, class) end
  if delayMs > 0 then return delay(id, delayMs) end
  ready_now = ready_now + 1
  ids[ready_now], classes_of[ready_now] = id, class
end

-- A number of jobs at once costs far less than one by one: what is new is written together.
local USUAL = { class = NORMAL, delayMs = 0, mayBeKnown = false }
local function make_some(from, to)
  local known, new, fields = known_ids(from, to), {}, 0
  for at = from, to do
    local id, how = names[at], others[at] or USUAL
    if known[id] then
      duplicates[#duplicates + 1] = id
    else
      if how.mayBeKnown then known[id] = true end
      new[fields + 1], new[fields + 2] = id, ARGV[BEFORE_FIRST + at]
      fields = fields + 2
      make(id, how.class, how.delayMs)
    end
  end
  if fields > 0 then redis.call("HSET", jobs, unpack(new)) end
end

for from = 1, #names, STEP_READY do make_some(from, math.min(from + STEP_READY - 1, #names)) end

-- A job that comes alone, small enough to be told with the ring, goes straight to a taker that has offered to begin one
-- at once: it is spared a call. Never past jobs that wait, and never to one whose lease is over.
local function hand_over(id, envelope)
  if mode ~= "distribute" or paused or #envelope > MOST_CARRIED then return false end
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
  -- Nothing became ready: finish() need not look.
  was_ready = nil
  return true
end

local alone = #ids == 1 and #names == 1 and ARGV[BEFORE_FIRST + 1] or nil
if not (alone and hand_over(ids[1], alone)) then make_ready(ids, classes_of, alone) end

-- Pushers that were not heard of for an hour have no batch under way. A few are looked at for each new one.
local HOUR = 3600000
note("batch:" .. pusher, numberOfBatch .. ":" .. number(now))
if not before then
  local step = redis.call("HSCAN", meta, redis.call("HGET", meta, "trim") or "0", "MATCH", "batch:*", "COUNT", 20)
  for at = 1, #step[2], 2 do
    if tonumber(string.match(step[2][at + 1], "%d+$")) < now - HOUR then redis.call("HDEL", meta, step[2][at]) end
  end
  note("trim", step[1])
end

local pushed_before = tonumber(settings[8]) or 0
note("pushed", number(pushed_before + made))
local is_new = pushed_before == 0 and not mode
finish()
return { is_new and 1 or 0, duplicates }
