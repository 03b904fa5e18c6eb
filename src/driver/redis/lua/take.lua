-- The second half of exchange: takes, and replies. Its names and its promise stand in exchange.lua.
local ids, tokens = {}, {}
local wanted = paused and 0 or take

local knows = {}
for _, token in ipairs(known) do knows[token] = true end

-- What was handed to it, and it may have begun: never given back from here.
for _, held in ipairs(collected) do
  if not knows[held[2]] then
    ids[#ids + 1], tokens[#tokens + 1] = held[1], held[2]
    knows[held[2]] = true
  end
end

local most = math.max(wanted, #ids)

-- What else the taker holds it was told of, or it is returned: first what it took by number, then what was delivered to it
-- as entries.
if scan then
  local unknown = {}
  local all = redis.call("HGETALL", active)
  for at = 1, #all, 2 do
    local is_new = tonumber(all[at + 1]) > tonumber(seen) and not knows[all[at + 1]]
    if is_new then unknown[#unknown + 1] = { all[at], all[at + 1] } end
  end
  table.sort(unknown, function(one, other) return tonumber(one[2]) < tonumber(other[2]) end)
  for _, held in ipairs(unknown) do ids[#ids + 1], tokens[#tokens + 1] = held[1], held[2] end
  for class = 0, 3 do
    local stream = streams[class]
    local pending = redis.call("EXISTS", stream) == 1 and redis.call("XPENDING", stream, GROUP, "-", "+", STEP, taker) or {}
    for _, entry in ipairs(pending) do
      local token = class .. " " .. entry[1]
      local found = not knows[token] and redis.call("XRANGE", stream, entry[1], entry[1])[1]
      if found then ids[#ids + 1], tokens[#tokens + 1] = found[2][2], token end
    end
  end
end

local first = order + 1
local left = wanted - #ids
local function take_ranked()
  repeat
    local head = redis.call("ZRANGE", ready, 0, math.min(left, STEP) - 1)
    local numbered, before = {}, #ids
    for at = 1, #head do
      ids[before + at] = head[at]
      numbered[2 * at - 1], numbered[2 * at] = head[at], number(tick())
    end
    if #head > 0 then
      redis.call("ZREMRANGEBYRANK", ready, 0, #head - 1)
      redis.call("HSET", active, unpack(numbered))
    end
    left = left - #head
  until left == 0 or #head < STEP
end

local function take_streamed()
  for class = 0, 3 do
    local stream = streams[class]
    if left > 0 and redis.call("XLEN", stream) > 0 then
      local read = redis.call("XREADGROUP", "GROUP", GROUP, taker, "COUNT", left, "STREAMS", stream, ">")
      local taken = read and read[1][2] or {}
      local before, prefix = #ids, class .. " "
      for at = 1, #taken do
        ids[before + at], tokens[before + at] = taken[at][2][2], prefix .. taken[at][1]
      end
      left = left - #taken
    end
  end
end

if left > 0 then
  if mode == "grab" then take_streamed() else take_ranked() end
end

-- JSON means the same with a space for a line's end; an envelope that somebody wrote by hand stays one line, and is not
-- taken for none.
local function one_line(envelope)
  if not envelope then return "" end
  if envelope == "" or string.find(envelope, "\n", 1, true) then return (string.gsub(envelope .. " ", "\n", " ")) end
  return envelope
end

-- A text of many envelopes is read far faster than many texts: the server sends it in one piece, and does not carry out
-- another call between two pieces. But Lua reads each text that it makes byte by byte, and a long one several times over,
-- which costs more than all the rest: so a large envelope is a text of its own.
local LARGE = 2000
local texts, lines, envelope_count, envelope_bytes = {}, {}, 0, 0
local function end_text()
  if #lines > 0 then texts[#texts + 1] = table.concat(lines, "\n") end
  lines = {}
end

-- Tells whether there is room for it.
local function add_envelope(envelope)
  local bytes = envelope_bytes + #envelope
  if bytes > mostBytes and envelope_count > 0 and envelope_count >= #collected then return false end
  envelope_count, envelope_bytes = envelope_count + 1, bytes
  local is_large = #envelope > LARGE
  if is_large then end_text() end
  lines[#lines + 1] = envelope
  if is_large then end_text() end
  return true
end

-- Reads the envelopes of what is taken, and of no more than may be. Tells whether they had to be cut.
local READ_STEP = 100
local function read_envelopes()
  local last = math.min(#ids, most)
  for from = 1, last, READ_STEP do
    local part = redis.call("HMGET", jobs, unpack(ids, from, math.min(from + READ_STEP - 1, last)))
    for index = 1, #part do
      if not add_envelope(one_line(part[index])) then return true end
    end
  end
  return false
end

-- What is held and goes to nobody is ready again, before all others.
local function give_back(from)
  if from > #ids then return end
  local back = {}
  for at = from, #ids do
    back[#back + 1] = ids[at]
    let_go(ids[at], tokens[at] or number(first + at - #tokens - 1))
  end
  for at = #ids, from, -1 do ids[at], tokens[at] = nil, nil end
  make_ready(back, class_zero(back))
end

local is_cut = read_envelopes()
end_text()
give_back(envelope_count + 1)

if left > 0 and not is_cut and offer > 0 and mode == "distribute" then
  redis.call("HSET", offers, taker, math.min(left, offer))
end

if byBell and take > 0 and mode == "grab" and settings[7] ~= "1" then note("byBell", "1") end

local function read_all(key)
  local found = {}
  for from = 1, #ids, STEP do
    local part = redis.call("HMGET", key, unpack(ids, from, math.min(from + STEP - 1, #ids)))
    for index = 1, #part do found[from + index - 1] = part[index] end
  end
  return found
end

local records_of, interruptions = {}, {}
if #ids > 0 and redis.call("EXISTS", records, interrupted) > 0 then
  records_of, interruptions = read_all(records), read_all(interrupted)
end
if due then due = next_due() end
finish()
return {
  table.concat(ids, "\n"), table.concat(tokens, "\n"), first, texts, records_of, interruptions, lost,
  due and math.max(0, due * 1000 - micros) or -1, paused and "1" or "0", mode or "", position or "0-0 0", is_cut and "1" or "0",
}
