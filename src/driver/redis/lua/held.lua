-- What scripts share that deal with jobs that are held, were, or leave: a part of each of those.

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

-- The classes that jobs were pushed with. Only those that are not normal have an entry.
local function classes_for(ids)
  local found = redis.call("EXISTS", classes) == 1 and redis.call("HMGET", classes, unpack(ids)) or {}
  for index = 1, #ids do found[index] = tonumber(found[index] or NORMAL) end
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
