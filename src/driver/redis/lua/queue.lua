-- The beginning of every script that works on one queue: names its keys, and reads its clock and its settings.
local meta, jobs, records, interrupted = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local classes, entries, ready = KEYS[5], KEYS[6], KEYS[7]
local ready0, ready1, ready2, ready3 = KEYS[8], KEYS[9], KEYS[10], KEYS[11]
local delayed, failed, kept = KEYS[12], KEYS[13], KEYS[14]
local owners, bell, offers, handed = KEYS[15], KEYS[16], KEYS[17], KEYS[18]
if redis.replicate_commands then redis.replicate_commands() end

local GROUP = "mpq"
-- Classes of ready jobs: 0 given back, 1 high, 2 normal, 3 low. A score is class * CLASS + order.
local CLASS, NORMAL = 2 ^ 50, 2
-- An entry of a stream carries envelopes up to this size, while fewer jobs than this are ready or taken.
local MOST_CARRIED, FEW = 4096, 256
local MOST_RINGS = 8
local EPOCH_SECONDS = 1577836800
local streams = { [0] = ready0, ready1, ready2, ready3 }

local time = redis.call("TIME")
local micros = (time[1] - EPOCH_SECONDS) * 1000000 + time[2]
local now = math.floor(micros / 1000)
-- The last one is for scripts that push, which are told first who pushes: that saves them a call.
local settings = redis.call(
  "HMGET", meta, "mode", "paused", "order", "bell", "keepFailed", "keepDone", "byBell", "pushed", "batch:" .. (ARGV[1] or "")
)
local mode, paused, position = settings[1], settings[2] == "1", settings[4]
-- The queue's own clock: microseconds, and never the same twice. Orders ready jobs, names entries of streams, and numbers
-- what is taken.
local saved = tonumber(settings[3]) or 0
local order = math.max(saved, micros - 1)
-- Workers that grab are told of ready jobs by their streams, one job to one of them, unless a taker has said that it
-- hears nothing but the bell.
local is_bell_heard = mode ~= "grab" or settings[7] == "1"
