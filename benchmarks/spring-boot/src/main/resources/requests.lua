-- For wrk: the requests of a file take turns, `<method> <path> <key>` a line; whatever is not a 200 is counted.
local requests, at = {}, 0

function init(args)
  for line in io.lines(args[1]) do
    local method, path, key = line:match("^(%S+) (%S+) (%S+)$")
    requests[#requests + 1] = wrk.format(method, path, { ["Authorization"] = "Bearer " .. key })
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

-- One line, for the program that started it.
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format("FIGURES %d %d %d %d\n", summary.requests, summary.duration,
    errors.status + errors.connect + errors.read + errors.write + errors.timeout, latency:percentile(99)))
end
