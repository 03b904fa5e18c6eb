-- Makes failed jobs ready again, with a clean record.
--
-- keys:    those of the queue
-- args:    ids, at most 500
-- reply:   the ids that were failed and now are ready
-- promise: one that is not failed is left as it is.
local retried = {}
for _, id in ipairs(ARGV) do
  if redis.call("ZREM", failed, id) == 1 then
    redis.call("HDEL", records, id)
    redis.call("HDEL", interrupted, id)
    retried[#retried + 1] = id
  end
end
if #retried > 0 then make_ready(retried, classes_for(retried)) end
finish()
return retried
