-- Settles, renews the lease, makes ready what is due, and takes.
--
-- keys:    those of the queue, then active: what the taker holds
-- args:    owner, taker: the taker is the owner, or the owner and its worker · leaseMs · take: how many · offer: how
--          many may be handed to it from now on, until its next exchange · mostBytes: of envelopes in the reply
--          seen: the highest number the taker knows of · uncertain: "1" when the reply to the exchange before
--          was lost, so that the settlements may be known already · scan: "1" when the taker may hold jobs that it does
--          not know of · byBell: "1" when it waits by the bell alone
--          ranked: what is done of what was taken by number, in batches of up to 1000: { ids, tokens in one text of lines } ·
--          streamed: of what was taken as entries, { ids, tokens, the entries of each class } · others: { kind, id, token,
--          delayMs, record } of each other settlement · known: the tokens of what was handed or delivered to the taker that
--          it knows of. These are JSON: one long argument is read far faster than many short ones
-- reply:   { ids, tokens, first, envelopes, records, interruptions, lost, dueUs or -1, "1" when paused, mode, bell,
--          "1" when it is for mostBytes that they are not more }
--          ids, tokens and the texts of envelopes have one line for each job, empty where there is none. Jobs beyond the
--          tokens have the numbers first, first + 1, …
-- promise: what the taker no longer holds is not touched. With scan nothing that it took and does not know of stays with
--          it: it is returned, or given back; what was handed to it is returned, also beyond what it wants.
local active = KEYS[19]
local owner, taker, leaseMs, take, offer = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local mostBytes, seen = tonumber(ARGV[6]), ARGV[7]
local uncertain, scan, byBell = ARGV[8] == "1", ARGV[9] == "1", ARGV[10] == "1"
local ranked, streamed = cjson.decode(ARGV[11]), cjson.decode(ARGV[12])
local others, known = cjson.decode(ARGV[13]), cjson.decode(ARGV[14])
local STEP, DUE_STEP = 1000, 500
local lost, done = {}, 0
local settle_as_done = bounds and keep or forget

-- Who settles a job twice in one batch holds it the first time only.
local function name_repeated(held)
  local met = {}
  for _, id in ipairs(held) do
    if met[id] then lost[#lost + 1] = id end
    met[id] = true
  end
end

local function lines_of(text)
  local lines = {}
  for line in string.gmatch(text, "[^\n]+") do lines[#lines + 1] = line end
  return lines
end

-- The ids whose proof is the token that they came with. Nearly always that is so for all, so they are compared as a whole.
local function pick_held(proofs, ids, text)
  local is_whole, proof = pcall(table.concat, proofs, "\n")
  if is_whole and proof == text then return ids end
  local held, tokens = {}, lines_of(text)
  for at, id in ipairs(ids) do
    if proofs[at] == tokens[at] then
      held[#held + 1] = id
    elseif not uncertain or (redis.call("HEXISTS", jobs, id) == 1 and not redis.call("ZSCORE", kept, id)) then
      lost[#lost + 1] = id
    end
  end
  return held
end

-- Done, by number.
local function settle_ranked(ids, tokens)
  local held = pick_held(redis.call("HMGET", active, unpack(ids)), ids, tokens)
  if #held == 0 then return end
  if redis.call("HDEL", active, unpack(held)) < #held then name_repeated(held) end
  done = done + settle_as_done(unpack(held))
end

-- Looking an entry up to delete it costs more than all the rest, so streams are trimmed up to the first entry that is
-- not done. Behind a job that runs for long, no more than this many are left to be trimmed later.
local MOST_LEFT = 10000
local function trim(stream, acknowledged)
  local first = redis.call("XPENDING", stream, GROUP)[2]
  if first and redis.call("XLEN", stream) - redis.call("HLEN", entries) > MOST_LEFT then
    redis.call("XDEL", stream, unpack(acknowledged))
  elseif first then
    redis.call("XTRIM", stream, "MINID", first)
  else
    redis.call("XTRIM", stream, "MINID", number(time_of(group_of(stream).last) + 1))
  end
end

-- An entry is pending for as long as its job is held by whom it was delivered to: a job that is given back gets another.
local function acknowledge(parts)
  local count = 0
  for class = 0, 3 do
    local part = parts[class + 1]
    if #part > 0 then count = count + redis.call("XACK", streams[class], GROUP, unpack(part)) end
  end
  return count
end

-- Done, by entry.
local function settle_streamed(ids, tokens, parts)
  local held = ids
  if acknowledge(parts) < #ids then
    local proofs = redis.call("HMGET", entries, unpack(ids))
    for at = 1, #ids do proofs[at] = token_at(proofs[at]) end
    held = pick_held(proofs, ids, tokens)
  end
  if #held == 0 then return end
  for class = 0, 3 do
    local part = parts[class + 1]
    if #part > 0 and redis.call("EXISTS", streams[class]) == 1 then trim(streams[class], part) end
  end
  if redis.call("HDEL", entries, unpack(held)) < #held then name_repeated(held) end
  done = done + settle_as_done(unpack(held))
end

local function is_entry(token) return string.find(token, " ", 1, true) ~= nil end

local function is_held(id, token)
  if is_entry(token) then return token_of(id) == token end
  return redis.call("HGET", active, id) == token
end

local function let_go(id, token)
  if is_entry(token) then drop_entry(id, token) else redis.call("HDEL", active, id) end
end

local function keep_failed(id)
  redis.call("HDEL", interrupted, id)
  redis.call("ZADD", failed, tick(), id)
  local over = redis.call("ZCARD", failed) - (tonumber(settings[5]) or math.huge)
  if over <= 0 then return end
  local oldest = redis.call("ZPOPMIN", failed, math.min(over, DUE_STEP))
  local ids = {}
  for at = 1, #oldest, 2 do ids[#ids + 1] = oldest[at] end
  forget(unpack(ids))
end

local function settle_other(kind, id, token, delayMs, record)
  if not is_held(id, token) then
    -- What a lost reply told may be gone since: of those that failed only so many are kept.
    local is_told = record == "" or redis.call("HGET", records, id) == record
    local was_settled = uncertain and (is_told or redis.call("HEXISTS", jobs, id) == 0)
    if not was_settled then lost[#lost + 1] = id end
    return
  end
  if record ~= "" then redis.call("HSET", records, id, record) end
  if kind == "failing" then return end
  let_go(id, token)
  if kind == "failed" then
    keep_failed(id)
  elseif kind == "retry" and delayMs > 0 then
    delay(id, delayMs)
  else
    make_ready({ id }, { 0 })
  end
end

-- Comes first: a server whose memory is full lets a script go on that began by deleting. What follows makes room.
redis.call("HDEL", offers, taker)
local collected = collect_handed(taker, active)
for _, batch in ipairs(ranked) do settle_ranked(unpack(batch)) end
for _, batch in ipairs(streamed) do settle_streamed(unpack(batch)) end
for _, other in ipairs(others) do settle_other(unpack(other)) end
if done > 0 then redis.call("HINCRBY", meta, "done", done) end
-- As many at least as were added, in steps.
if bounds then
  for _ = 0, done, STEP do drop_kept(STEP, bounds) end
end

redis.call("ZADD", owners, now + leaseMs, owner)
if taker ~= owner then redis.call("ZADD", owners, now + leaseMs, taker) end

-- What a job that is due alone brings to whoever waits for it. One that ran before has more to tell, in a call.
local function envelope_of_new(id)
  if redis.call("HEXISTS", records, id) + redis.call("HEXISTS", interrupted, id) > 0 then return nil end
  return redis.call("HGET", jobs, id) or nil
end

local due = next_due()
if due and due <= now then
  local ids = redis.call("ZRANGEBYSCORE", delayed, "-inf", now, "LIMIT", 0, DUE_STEP)
  redis.call("ZREM", delayed, unpack(ids))
  make_ready(ids, classes_for(ids), mode == "grab" and #ids == 1 and envelope_of_new(ids[1]) or nil)
end
