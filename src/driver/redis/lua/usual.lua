-- The usual push, before all else of push.lua: one new job of normal priority from a pusher that is known, to a queue where
-- others wait already, or whose workers hear of it by its stream. It makes no function: making those that the rest needs
-- takes Redis longer than all that is done here: 31 us for the script instead of 20. It writes what the rest would.
local is_usual = settings[9] and mode and not paused and #ARGV == 5 and ARGV[4] == ""
if is_usual and tonumber(ARGV[2]) > tonumber(string.match(settings[9], "^%d+")) then
  local id, envelope, is_ready = cjson.decode(ARGV[3])[1], ARGV[5], false
  local at = math.max(tonumber(settings[3]) or 0, micros - 1) + 1
  local entry = string.format("%d", at)
  if mode == "distribute" and redis.call("EXISTS", ready) == 1 then
    is_ready = redis.call("ZADD", ready, string.format("%d", NORMAL * CLASS + at), id)
  elseif not is_bell_heard then
    local is_carried = #envelope <= MOST_CARRIED and redis.call("HLEN", entries) < FEW
    local fields = is_carried and { "j", id, "envelope", envelope } or { "j", id }
    is_ready = redis.call("XADD", streams[NORMAL], "NOMKSTREAM", entry, unpack(fields))
    if is_ready then redis.call("HSET", entries, id, string.format("%d%x", NORMAL, at)) end
  end
  if is_ready then
    redis.call("HSET", jobs, id, envelope)
    local batch, pushed = ARGV[2] .. ":" .. string.format("%d", now), string.format("%d", (settings[8] or 0) + 1)
    redis.call("HSET", meta, "order", entry, "pushed", pushed, "batch:" .. ARGV[1], batch)
    return { 0, {} }
  end
end
