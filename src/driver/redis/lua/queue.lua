-- The beginning of every script that works on one queue: names its keys, reads its clock and its settings, and holds
-- the few transitions that several scripts share. A script that changed something ends with finish().
local meta, jobs, records, interrupted = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local classes, entries, ready = KEYS[5], KEYS[6], KEYS[7]
local ready0, ready1, ready2, ready3 = KEYS[8], KEYS[9], KEYS[10], KEYS[11]
local delayed, failed, kept = KEYS[12], KEYS[13], KEYS[14]
local owners, pushers, bell, offers, handed = KEYS[15], KEYS[16], KEYS[17], KEYS[18], KEYS[19]
if redis.replicate_commands then redis.replicate_commands() end

local GROUP = "mpq"
-- Classes of ready jobs: 0 given back, 1 high, 2 normal, 3 low. A score is class * CLASS + order.
local CLASS = 2 ^ 50
local EPOCH_SECONDS = 1577836800
local streams = { [0] = ready0, ready1, ready2, ready3 }

local time = redis.call("TIME")
local micros = (time[1] - EPOCH_SECONDS) * 1000000 + time[2]
local now = math.floor(micros / 1000)
local settings = redis.call("HMGET", meta, "mode", "paused", "order", "bell", "keepFailed", "keepDone", "byBell", "pushed")
local mode, paused, position = settings[1], settings[2] == "1", settings[4]
-- What finish() writes into meta: fields and values in turn.
local noted = {}
local function note(field, value) noted[#noted + 1], noted[#noted + 2] = field, value end

-- The queue's own clock: microseconds, and never the same twice. Orders ready jobs, names entries of streams, and numbers
-- what is taken.
local saved = tonumber(settings[3]) or 0
local order = math.max(saved, micros - 1)
local function tick()
  order = order + 1
  return order
end

-- Faster than what a number turns into by itself, which is made for fractions.
local function number(value) return string.format("%d", value) end

-- Streams. A group is made with its stream, and again when somebody emptied the store.
local has_group = {}
local function ensure_group(stream)
  if has_group[stream] then return end
  if redis.call("EXISTS", stream) == 0 then redis.call("XGROUP", "CREATE", stream, GROUP, "0", "MKSTREAM") end
  has_group[stream] = true
end

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
-- A ring says which. Workers that grab are told of ready jobs by their streams, one job to one of them; in grab mode the
-- bell is rung for those only when a taker has said that it hears nothing else.
-- Rings are numbered without a gap, so that who reads them late sees that some are gone.
local MOST_RINGS = 8
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

-- An entry carries the envelope where that saves who waits for it a call, unless that is larger than this. In a paused queue
-- it does not: the call is what gives the job back that was delivered to somebody who waits still.
-- Returns its place: what `entries` keeps of it, one for each job that waits, so in few characters.
local MOST_CARRIED = 4096
local function add_entry(class, id, envelope)
  ensure_group(streams[class])
  local at = tick()
  if envelope and #envelope <= MOST_CARRIED and not was_ready and not paused then
    redis.call("XADD", streams[class], number(at), "j", id, "envelope", envelope)
  else
    redis.call("XADD", streams[class], number(at), "j", id)
  end
  return string.format("%d%x", class, at)
end

local STEP_READY = 500
local function make_ready_step(ids, classes_of, from, to, envelope)
  local pairs_of, at = {}, 0
  for index = from, to do
    local id, class = ids[index], classes_of[index]
    if mode == "grab" then
      pairs_of[at + 1], pairs_of[at + 2] = id, add_entry(class, id, envelope)
    else
      pairs_of[at + 1], pairs_of[at + 2] = number(class * CLASS + tick()), id
    end
    at = at + 2
  end
  if mode == "grab" then
    redis.call("HSET", entries, unpack(pairs_of))
  else
    redis.call("ZADD", ready, unpack(pairs_of))
  end
end

-- Makes jobs ready; classes_of[i] is the class of ids[i]. A job that comes alone, and never ran, may bring its envelope.
local function make_ready(ids, classes_of, envelope)
  if #ids == 0 then return end
  if was_ready == nil then was_ready = is_any_ready() end
  for from = 1, #ids, STEP_READY do
    make_ready_step(ids, classes_of, from, math.min(from + STEP_READY - 1, #ids), envelope)
  end
end

-- What was handed to a taker since its last exchange becomes what it holds: { id, token } of each, first to last.
local function collect_handed(taker, active)
  local found = {}
  local all = redis.call("EXISTS", handed) == 1 and redis.call("HGETALL", handed) or {}
  for at = 1, #all, 2 do
    local token, to = string.match(all[at + 1], "^(%d+) (.*)$")
    if to == taker then
      redis.call("HDEL", handed, all[at])
      redis.call("HSET", active, all[at], token)
      found[#found + 1] = { all[at], token }
    end
  end
  table.sort(found, function(one, other) return tonumber(one[2]) < tonumber(other[2]) end)
  return found
end

local function delay(id, delayMs)
  if due_before == nil then due_before = next_due() or math.huge end
  if now + delayMs < due_before then ring() end
  redis.call("ZADD", delayed, now + delayMs, id)
end

-- The classes that jobs were pushed with. Only those that are not normal have an entry.
local function classes_for(ids)
  local found = redis.call("EXISTS", classes) == 1 and redis.call("HMGET", classes, unpack(ids)) or {}
  for index = 1, #ids do found[index] = tonumber(found[index] or 2) end
  return found
end

local function class_zero(ids)
  local found = {}
  for index = 1, #ids do found[index] = 0 end
  return found
end

-- Forgets up to 1000 jobs that stand in no state any more, and returns how many of them were known.
local function forget(...)
  if redis.call("EXISTS", records, interrupted, classes) > 0 then
    redis.call("HDEL", records, ...)
    redis.call("HDEL", interrupted, ...)
    redis.call("HDEL", classes, ...)
  end
  return redis.call("HDEL", jobs, ...)
end

-- A token of grab mode is "<class> <entry>", and its place stands in `entries` as long as it is the last one of its job.
local function token_at(place)
  return place and string.sub(place, 1, 1) .. " " .. number(tonumber(string.sub(place, 2), 16)) .. "-0"
end

local function token_of(id) return token_at(redis.call("HGET", entries, id)) end

local function split_token(token)
  return streams[tonumber(string.sub(token, 1, 1))], string.sub(token, 3)
end

local function drop_entry(id, token)
  local stream, entry = split_token(token)
  redis.call("XACK", stream, GROUP, entry)
  redis.call("XDEL", stream, entry)
  redis.call("HDEL", entries, id)
end

local function is_entry_taken(token)
  local stream, entry = split_token(token)
  return #redis.call("XPENDING", stream, GROUP, entry, entry, 1) > 0
end

local function finish()
  local is_heard = mode ~= "grab" or settings[7] == "1"
  if is_heard and not must_ring and was_ready == false and is_any_ready() then must_ring = "ready" end
  if must_ring then sound("for", must_ring) end
  if order > saved then note("order", number(order)) end
  if #noted > 0 then redis.call("HSET", meta, unpack(noted)) end
end
