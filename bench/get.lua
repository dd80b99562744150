-- GET each path of a file, over and over.
local threads = {}

function setup(thread)
  thread:set("index", #threads)
  table.insert(threads, thread)
end

function init(arguments)
  paths = {}
  for line in io.lines(arguments[1]) do table.insert(paths, line) end
  at = math.floor(#paths * index / 2)
end

function request()
  at = at % #paths + 1
  return wrk.format("GET", paths[at])
end

function done(summary, latency)
  local errors = summary.errors
  print(string.format("RESULT %d %d %d %d %.1f", summary.requests, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout, summary.duration, latency:percentile(99) / 1000))
end
