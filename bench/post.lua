-- POST each line of a file, over and over. Arguments: file, media type, headers ("Name: value").
local threads = {}

function setup(thread)
  thread:set("index", #threads)
  table.insert(threads, thread)
end

function init(arguments)
  bodies, headers = {}, { ["Content-Type"] = arguments[2] }
  for line in io.lines(arguments[1]) do
    local hex = line:match("^hex:(%x+)$")
    table.insert(bodies, hex and hex:gsub("%x%x", function(pair) return string.char(tonumber(pair, 16)) end) or line)
  end
  for place = 3, #arguments do
    local name, value = arguments[place]:match("^([^:]+):%s*(.*)$")
    headers[name] = value
  end
  at = math.floor(#bodies * index / 2)
end

function request()
  at = at % #bodies + 1
  return wrk.format("POST", nil, headers, bodies[at])
end

function done(summary, latency)
  local errors = summary.errors
  print(string.format("RESULT %d %d %d %d %.1f", summary.requests, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout, summary.duration, latency:percentile(99) / 1000))
end
