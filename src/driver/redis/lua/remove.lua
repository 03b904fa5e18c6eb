-- Deletes jobs that are not active.
--
-- keys:    those of the queue
-- args:    ids, at most 500
-- reply:   the ids that were there and now are gone
-- promise: an active job is left as it is.
local removed = {}
local function take_out(id)
  for _, key in ipairs({ failed, delayed, ready }) do
    if redis.call("ZREM", key, id) == 1 then return true end
  end
  if redis.call("ZREM", kept, id) == 1 then
    redis.call("HINCRBY", meta, "keptBytes", number(-size_of(id)))
    return true
  end
  local token = token_of(id)
  if not token or is_entry_taken(token) then return false end
  drop_entry(id, token)
  return true
end
for _, id in ipairs(ARGV) do
  if take_out(id) then
    forget(id)
    removed[#removed + 1] = id
  end
end
return removed
