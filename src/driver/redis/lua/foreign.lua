-- Pushes one job for a program that has none of mpq's code: it says what it knows, and the queue's settings say the rest.
-- `push.lua` follows, and gets its arguments from here. docs/other-languages.md tells how to call it.
--
-- keys:    those of the queue
-- args:    id, name, data: a JSON object, or "" for none · options: a JSON object with delay, timeout, retries,
--          retryDelay (seconds), retryOnTimeout and priority, as far as they are to be said
-- reply:   that of push.lua, or an error that begins with a code
-- promise: that of push.lua. A queue that no service has served is refused, and so is what no worker could read.
local id, name, data, options = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

local function refused(code, why)
  return redis.error_reply(code .. " " .. why)
end

local function object(text)
  local known, value = pcall(cjson.decode, text)
  if known and type(value) == "table" and string.find(text, "^%s*{") then return value end
end

local registered = redis.call("HGET", meta, "settings")
if not registered then return refused("QUEUE_UNKNOWN", "no service has served the queue yet; start one first") end
local told = cjson.decode(registered)
if #id > 64 or not string.find(id, "^[\33-\126]+$") then
  return refused("USAGE", "an id has 1 to 64 printable ASCII characters without white space")
end
if name == "" then return refused("USAGE", "a job has a name") end
if data ~= "" and not object(data) then return refused("DATA_NOT_JSON", "data is a JSON object, or nothing") end
if #data > told.maxSize then
  return refused("DATA_TOO_LARGE", "data has " .. #data .. " bytes; the queue takes " .. told.maxSize)
end

local given = options == "" and {} or object(options)
if not given then return refused("USAGE", "options are a JSON object") end
local wrong
local function option(key, kind, otherwise)
  local value = given[key]
  if value == nil or value == cjson.null then return otherwise end
  if type(value) ~= kind or kind == "number" and not (value >= 0 and value < 2 ^ 40) then wrong = key end
  return value
end
local function milliseconds(key, otherwise)
  local value = option(key, "number")
  if value == nil or wrong then return otherwise end
  return value > 0 and math.max(1, math.floor(value * 1000 + 0.5)) or 0
end
local function seconds(ms) return string.format("%.14g", ms / 1000) end

local policy = told.policy
local retryDelay = milliseconds("retryDelay", policy.retryDelay)
local envelope = "[" .. cjson.encode(name)
  .. "," .. seconds(milliseconds("timeout", policy.timeoutMs))
  .. "," .. string.format("%d", math.floor(tonumber(option("retries", "number", policy.retries)) or 0))
  .. "," .. (type(retryDelay) == "table" and cjson.encode(retryDelay) or seconds(retryDelay))
local more = option("retryOnTimeout", "boolean", policy.retryOnTimeout) and ',{"o":1}' or ""
if data ~= "" or more ~= "" then envelope = envelope .. "," .. (data == "" and "0" or data) end
envelope = envelope .. more .. "]"

local class = ({ high = 1, normal = 2, low = 3 })[option("priority", "string", "normal")]
local delayMs = milliseconds("delay", 0)
if wrong or not class then return refused("USAGE", (wrong or "priority") .. " is not what it may be") end

-- Such a program has no batches to repeat: its own id is what keeps a job from being made twice. So its batch is
-- always the first after another: neither carried out before, nor that of a new pusher.
settings[9] = "0:0"
local others = cjson.encode({ { 1, class, delayMs, true } })
for place, value in ipairs({ "foreign", "1", id, others, envelope }) do ARGV[place] = value end
