-- Claims or renews the name of a service.
--
-- keys:    services
-- args:    name, incarnation, holder (JSON), leaseMs, instead: the incarnation that may be replaced, or ""
-- reply:   {} when it is held now, else { the holder's JSON, milliseconds until its lease ends }
-- promise: never taken from another incarnation whose lease runs, unless that is the one to be replaced.
local services = KEYS[1]
local name, incarnation, holder, leaseMs, instead = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5]
if redis.replicate_commands then redis.replicate_commands() end

local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local held = redis.call("HGET", services, name)
if held then
  local ends, by, who = string.match(held, "^(%d+)\n([^\n]*)\n(.*)$")
  if by ~= incarnation and by ~= instead and tonumber(ends) > now then return { who, tonumber(ends) - now } end
end
-- Comes first: a server whose memory is full lets a script go on that began by deleting.
redis.call("HDEL", services, name)
redis.call("HSET", services, name, string.format("%.0f\n%s\n%s", now + leaseMs, incarnation, holder))
return {}
