-- Lists everybody who has a lease or holds something.
--
-- keys:    those of the queue
-- args:    none
-- reply:   taker, milliseconds until its lease ends, and so on; the owner and its workers each on their own
-- promise: changes nothing. One that holds entries without a lease is listed as ended.
local found, listed = {}, {}
local leases = redis.call("ZRANGE", owners, 0, -1, "WITHSCORES")
for at = 1, #leases, 2 do
  listed[leases[at]] = true
  found[#found + 1] = leases[at]
  found[#found + 1] = leases[at + 1] - now
end
for class = 0, 3 do
  if redis.call("EXISTS", streams[class]) == 1 then
    for _, consumer in ipairs(redis.call("XINFO", "CONSUMERS", streams[class], GROUP)) do
      if not listed[consumer[2]] and consumer[4] ~= 0 then
        listed[consumer[2]] = true
        found[#found + 1] = consumer[2]
        found[#found + 1] = -1
      end
    end
  end
end
return found
