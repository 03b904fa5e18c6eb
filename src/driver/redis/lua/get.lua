-- Reads jobs with the state that they stand in.
--
-- keys:    those of the queue
-- args:    ids
-- reply:   for each id that is known: { id, state, envelope, record or "", milliseconds until due or microseconds since
--          the epoch when it failed or was done, else "", interruptions or "" }
-- promise: changes nothing.
local found = {}
local function state_of(id)
  local failed_at = redis.call("ZSCORE", failed, id)
  if failed_at then return "failed", failed_at end
  local done_at = redis.call("ZSCORE", kept, id)
  if done_at then return "done", done_at end
  local due = redis.call("ZSCORE", delayed, id)
  if due then return "delayed", number(due - now) end
  if redis.call("ZSCORE", ready, id) then return "ready", "" end
  local token = token_of(id)
  return token and not is_entry_taken(token) and "ready" or "active", ""
end
for _, id in ipairs(ARGV) do
  local envelope = redis.call("HGET", jobs, id)
  if envelope then
    local state, at = state_of(id)
    local record, count = redis.call("HGET", records, id), redis.call("HGET", interrupted, id)
    found[#found + 1] = { id, state, envelope, record or "", at, count or "" }
  end
end
return found
