-- Gives the name of a service up.
--
-- keys:    services
-- args:    name, incarnation
-- reply:   1 when it was held, else 0
-- promise: another incarnation's claim stays.
local services = KEYS[1]
local name, incarnation = ARGV[1], ARGV[2]

local held = redis.call("HGET", services, name)
if held and string.match(held, "^%d+\n([^\n]*)\n") == incarnation then return redis.call("HDEL", services, name) end
return 0
