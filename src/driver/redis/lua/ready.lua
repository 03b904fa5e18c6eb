-- What nearly every script on a queue needs: the next moment of its clock, who waits in its streams, how jobs become ready or
-- delayed, and the bell that tells of it. A script that changed something ends with finish().

-- What finish() writes into meta: fields and values in turn.
local noted = {}
local function note(field, value) noted[#noted + 1], noted[#noted + 2] = field, value end

local function tick()
  order = order + 1
  return order
end

-- Faster than what a number turns into by itself, which is made for fractions.
local function number(value) return string.format("%d", value) end

-- A stream is made with its group, and again when somebody emptied the store.
local function make_stream(stream) redis.call("XGROUP", "CREATE", stream, GROUP, "0", "MKSTREAM") end

-- What the group has of a stream: how many entries are taken, and up to which entry they were handed out.
local function group_of(stream)
  local groups = redis.call("XINFO", "GROUPS", stream)
  local found = { pending = 0, last = "0-0" }
  for field = 1, #(groups[1] or {}), 2 do
    if groups[1][field] == "pending" then found.pending = groups[1][field + 1] end
    if groups[1][field] == "last-delivered-id" then found.last = groups[1][field + 1] end
  end
  return found
end

-- When the entry was added. Its name is that, and "-0".
local function time_of(entry) return tonumber(string.match(entry, "^%d+")) end

-- Whether a stream has an entry that was handed out to nobody. Those of normal jobs are looked at first.
local function is_any_ready()
  if redis.call("EXISTS", ready) == 1 then return true end
  if redis.call("HLEN", entries) == 0 then return false end
  for _, class in ipairs({ 2, 1, 3, 0 }) do
    local last = redis.call("XREVRANGE", streams[class], "+", "-", "COUNT", 1)[1]
    if last and time_of(last[1]) > time_of(group_of(streams[class]).last) then return true end
  end
  return false
end

-- The bell is rung at the end, when jobs are ready where none were, or a due time is nearer than all before.
-- A ring says which. Rings are numbered without a gap, so that who reads them late sees that some are gone.
local was_ready, due_before, must_ring
local function ring() must_ring = "other" end

local function sound(...)
  local ring_number = number(string.match(position or "0", "%d+$") + 1)
  position = redis.call("XADD", bell, "MAXLEN", MOST_RINGS, "*", "number", ring_number, ...) .. " " .. ring_number
  note("bell", position)
end

local function next_due()
  return tonumber(redis.call("ZRANGE", delayed, 0, 0, "WITHSCORES")[2])
end

-- An entry carries the envelope where that saves who waits for it a call: not a larger one than this, and not while so many
-- jobs are ready or taken that nobody waits, or jobs would be kept twice. In a paused queue it does not: the call is what
-- gives the job back that was delivered to somebody who waits still.
local function is_carried(envelope)
  return envelope and #envelope <= MOST_CARRIED and not paused and redis.call("HLEN", entries) < FEW
end

-- Returns the entry's place: what `entries` keeps of it, one for each job that waits, so in few characters.
local function add_entry(class, ...)
  local stream, at = streams[class], tick()
  if not redis.call("XADD", stream, "NOMKSTREAM", number(at), "j", ...) then
    make_stream(stream)
    redis.call("XADD", stream, number(at), "j", ...)
  end
  return string.format("%d%x", class, at)
end

local function add_entries(ids, classes_of, from, to)
  local places, at = {}, 0
  for index = from, to do
    places[at + 1], places[at + 2] = ids[index], add_entry(classes_of[index], ids[index])
    at = at + 2
  end
  redis.call("HSET", entries, unpack(places))
end

local function rank(ids, classes_of, from, to)
  local ranked, at = {}, 0
  for index = from, to do
    ranked[at + 1], ranked[at + 2] = number(classes_of[index] * CLASS + tick()), ids[index]
    at = at + 2
  end
  redis.call("ZADD", ready, unpack(ranked))
end

-- Makes jobs ready; classes_of[i] is the class of ids[i]. A job that comes alone, and never ran, may bring its envelope.
local STEP_READY = 500
local function make_ready(ids, classes_of, envelope)
  if #ids == 0 then return end
  if is_bell_heard and was_ready == nil then was_ready = is_any_ready() end
  if mode == "grab" and is_carried(envelope) then
    redis.call("HSET", entries, ids[1], add_entry(classes_of[1], ids[1], "envelope", envelope))
    return
  end
  local place = mode == "grab" and add_entries or rank
  for from = 1, #ids, STEP_READY do place(ids, classes_of, from, math.min(from + STEP_READY - 1, #ids)) end
end

local function delay(id, delayMs)
  if due_before == nil then due_before = next_due() or math.huge end
  if now + delayMs < due_before then ring() end
  redis.call("ZADD", delayed, now + delayMs, id)
end

local function finish()
  if is_bell_heard and not must_ring and was_ready == false and is_any_ready() then must_ring = "ready" end
  if must_ring then sound("for", must_ring) end
  if order > saved then note("order", number(order)) end
  if #noted > 0 then redis.call("HSET", meta, unpack(noted)) end
end
