-- Lists the ids of one state, a page at a time.
--
-- keys:    those of the queue
-- args:    state, limit, score, id: the last one of the page before ("" for the first page)
-- reply:   id, score, and so on, one more than the limit when there is another page
-- promise: changes nothing. A page goes on behind the last one also when that job is gone.
local state, limit, score, id = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]

local function list_ranked(key)
  local rank, count, range = "ZRANK", { "-inf", "(" .. score }, "ZRANGE"
  if key == failed or key == kept then rank, count, range = "ZREVRANK", { "(" .. score, "+inf" }, "ZREVRANGE" end
  local start = 0
  if score ~= "" then
    local at = redis.call("ZSCORE", key, id) == score and redis.call(rank, key, id)
    start = at and at + 1 or redis.call("ZCOUNT", key, count[1], count[2])
  end
  return redis.call(range, key, start, start + limit, "WITHSCORES")
end

local function list_streamed()
  local found = {}
  local from = tonumber(string.sub(score, 1, 1)) or 0
  for class = from, 3 do
    local left = limit + 1 - #found / 2
    if left > 0 and redis.call("EXISTS", streams[class]) == 1 then
      local start = group_of(streams[class]).last
      if class == from and score ~= "" then
        local last = string.sub(score, 3)
        if time_of(last) > time_of(start) then start = last end
      end
      for _, entry in ipairs(redis.call("XRANGE", streams[class], "(" .. start, "+", "COUNT", left)) do
        found[#found + 1] = entry[2][2]
        found[#found + 1] = class .. " " .. entry[1]
      end
    end
  end
  return found
end

if state == "delayed" then return list_ranked(delayed) end
if state == "failed" then return list_ranked(failed) end
if state == "done" then return list_ranked(kept) end
if mode == "grab" then return list_streamed() end
return list_ranked(ready)
