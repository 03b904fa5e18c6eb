-- The second half of push: several jobs, delayed ones, and whatever the first half left. Its names and its promise stand in
-- push.lua.
local names, duplicates, ids, classes_of = {}, {}, {}, {}
local made, ready_now = 0, 0

for id in string.gmatch(idLines, "[^\n]+") do names[#names + 1] = id end

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
make_ready(ids, classes_of)

note("batch:" .. pusher, batch)
note("pushed", number((settings[8] or 0) + made))
finish()
return { is_new and 1 or 0, duplicates }
