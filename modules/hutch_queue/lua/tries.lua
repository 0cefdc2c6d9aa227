-- What is known of the runs that a job had before.
local MOST_ERRORS = 32768 -- bytes of the errors kept with a job

local function tries_of(q, id)
  local attempt, excused, deaths =
    string.match(redis.call('HGET', q .. 'tries', id) or '', '^(%d+):(%d+):(%d+)$')
  return tonumber(attempt) or 0, tonumber(excused) or 0, tonumber(deaths) or 0
end

local function set_tries(q, id, attempt, excused, deaths)
  if attempt == 0 then
    redis.call('HDEL', q .. 'tries', id)
  else
    redis.call('HSET', q .. 'tries', id, string.format('%d:%d:%d', attempt, excused, deaths))
  end
end

-- Drop the first lines of what is longer than so many bytes; one line always stays.
local function last_lines(text, most)
  while #text > most do
    local cut = string.find(text, '\n', 1, true)
    if not cut then
      break
    end
    text = string.sub(text, cut + 1)
  end
  return text
end

local function append_line(q, hash, id, line, most)
  local lines = redis.call('HGET', q .. hash, id)
  redis.call('HSET', q .. hash, id, last_lines(lines and lines .. '\n' .. line or line, most))
end

-- One JSON object a line.
local function note_error(q, id, line)
  append_line(q, 'errors', id, line, MOST_ERRORS)
end
