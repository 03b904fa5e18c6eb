-- Makes jobs, ready or delayed, once for each batch.
--
-- keys:    those of the queue
-- args:    pusher, numberOfBatch: name the batch · idLines: the ids, line by line · otherThan: { place, class, delayMs, mayBeKnown }
--          of each job that is not to be ready at once in the class of normal ones, or whose id may be known, JSON, or "" ·
--          then the envelope of each job
-- reply:   { 1 when the queue was unknown, else 0; ids that the queue held already }
-- promise: a batch with a number that is not higher than the pusher's last one changes nothing. A job whose id may be
--          known, and is, is left as it is.
local pusher, numberOfBatch, idLines, otherThan = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local BEFORE_FIRST = 4

local before = settings[9]
if before and tonumber(string.match(before, "^%d+")) >= tonumber(numberOfBatch) then return { 0, {} } end
local batch = numberOfBatch .. ":" .. string.format("%d", now)

-- Pushers that were not heard of for an hour have no batch under way. A few are looked at for each new one.
local HOUR = 3600000
if not before then
  local step = redis.call("HSCAN", meta, redis.call("HGET", meta, "trim") or "0", "MATCH", "batch:*", "COUNT", 20)
  for at = 1, #step[2], 2 do
    if tonumber(string.match(step[2][at + 1], "%d+$")) < now - HOUR then redis.call("HDEL", meta, step[2][at]) end
  end
  redis.call("HSET", meta, "trim", step[1])
end

local others = {}
if otherThan ~= "" then
  for _, other in ipairs(cjson.decode(otherThan)) do others[other[1]] = { class = other[2], delayMs = other[3], mayBeKnown = other[4] } end
end
local USUAL = { class = NORMAL, delayMs = 0, mayBeKnown = false }
local is_new = not mode and not settings[8]

-- A job that comes alone and is to be ready is dealt with here, and without a function: to make those of the second half
-- takes Redis longer than all that is done here. What is written is what those would write.
local alone = #ARGV == BEFORE_FIRST + 1 and (others[1] or USUAL)
if alone and alone.delayMs == 0 and not (alone.mayBeKnown and redis.call("HEXISTS", jobs, idLines) == 1) then
  local id, envelope, class = idLines, ARGV[BEFORE_FIRST + 1], alone.class
  local may_carry = #envelope <= MOST_CARRIED and not paused
  order = order + 1
  local at, place, rings = string.format("%d", order), nil, nil

  if not is_bell_heard then
    local entry = { "j", id }
    if may_carry and redis.call("HLEN", entries) < FEW then entry = { "j", id, "envelope", envelope } end
    place = redis.call("XADD", streams[class], "NOMKSTREAM", at, unpack(entry)) and "stream"
  elseif mode ~= "grab" and redis.call("EXISTS", ready) == 1 then
    place = "rank"
  elseif mode ~= "grab" and redis.call("HLEN", entries) == 0 then
    -- None is ready, so one that is small enough to be told with the ring goes straight to a taker that has offered to
    -- begin one at once: it is spared a call. Never to one whose lease is over.
    local offer = may_carry and redis.call("HRANDFIELD", offers, 1, "WITHVALUES") or {}
    local taker = offer[1]
    local lease = taker and tonumber(redis.call("ZSCORE", owners, taker))
    place, rings = "rank", { "for", "ready" }
    if lease and lease > now then
      if tonumber(offer[2]) > 1 then redis.call("HINCRBY", offers, taker, -1) else redis.call("HDEL", offers, taker) end
      redis.call("HSET", handed, id, at .. " " .. taker)
      place, rings = "taker", { "for", taker, "id", id, "token", at, "envelope", envelope }
    end
  end

  if place then
    if place == "stream" then redis.call("HSET", entries, id, string.format("%d%x", class, order)) end
    if place == "rank" then redis.call("ZADD", ready, string.format("%d", class * CLASS + order), id) end
    redis.call("HSET", jobs, id, envelope)
    if class ~= NORMAL then redis.call("HSET", classes, id, class) end
    local noted = { "order", at, "pushed", string.format("%d", (settings[8] or 0) + 1), "batch:" .. pusher, batch }
    if rings then
      local ring = string.format("%d", string.match(position or "0", "%d+$") + 1)
      noted[7], noted[8] = "bell", redis.call("XADD", bell, "MAXLEN", MOST_RINGS, "*", "number", ring, unpack(rings)) .. " " .. ring
    end
    redis.call("HSET", meta, unpack(noted))
    return { is_new and 1 or 0, {} }
  end
end
