-- Tells who holds the name of a service.
--
-- keys:    services
-- args:    name
-- reply:   {} when nobody does, else { the holder's JSON, milliseconds until its lease ends }
-- promise: changes nothing.
local services = KEYS[1]
local name = ARGV[1]

local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local ends, who = string.match(redis.call("HGET", services, name) or "", "^(%d+)\n[^\n]*\n(.*)$")
if not ends or tonumber(ends) <= now then return {} end
return { who, tonumber(ends) - now }
