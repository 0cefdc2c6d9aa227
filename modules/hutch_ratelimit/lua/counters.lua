-- The counters of a call. ARGV from `first` on, four for each key: kind, most, size, start.
--   f fixed: size is the window in ms          c calendar: size is the period's end, start its start
--   s sliding: size is the window in ms        g gcra: size is the interval in microseconds
--#include fixed
--#include sliding
--#include gcra
local kinds = {
  f = {
    look = fixed_look, add = fixed_add, mark = fixed_mark, give = fixed_give, report = fixed_report,
  },
  s = {
    look = sliding_look, add = sliding_add, mark = sliding_mark, give = sliding_give, report = sliding_report,
  },
  g = {
    look = gcra_look, add = gcra_add, mark = gcra_mark, give = gcra_give, report = gcra_report,
  },
}
kinds.c = kinds.f

-- Look at each: a list of kind, most, size, wait, x, y, z; nil if a period is not that of `now`.
local function look(first, count, cost, now)
  local found = {}
  for k = 1, count do
    local at = first + 4 * (k - 1)
    local letter, most, size = ARGV[at], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
    if letter == 'c' then
      local millis = math.floor(now / 1000)
      if millis >= size or millis < tonumber(ARGV[at + 3]) then
        return nil
      end
      size = size - millis
    end
    local kind = kinds[letter]
    found[k] = { kind, most, size, kind.look(KEYS[k], most, size, cost, now, letter == 'c') }
  end
  return found
end
