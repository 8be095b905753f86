#!/bin/bash
# What happens far above the load that can be sustained: a pool of 8 threads whose handler waits 2 ms sustains 4,000
# requests a second. Of clients that ask without pause, those for whom there is no room get 503 at once; the rest keep
# their latency. Prints what the server answers and how fast, first below the limit, then far above it.
#
#   bench/overload.sh [PATH/bench_http_server]
set -euo pipefail
cd "$(dirname "$0")/.."
program=${1:-build/release/bench/bench_http_server}
dir=$(mktemp -d)
trap 'kill $(cat "$dir/pid") 2>/dev/null; wait 2>/dev/null; rm -rf "$dir"' EXIT
"$program" 0 --pool --work 2000 > "$dir/port" &
echo $! > "$dir/pid"
until [ -s "$dir/port" ]; do sleep 0.05; done
url=http://127.0.0.1:$(cat "$dir/port")/

cat > "$dir/count.lua" <<'END'
local ok, refused = 0, 0
local threads = {}
function setup(thread) table.insert(threads, thread) end
function init() ok_count = 0; refused_count = 0 end
function response(status)
  if status == 200 then ok_count = ok_count + 1 else refused_count = refused_count + 1 end
end
function done(summary, latency)
  for _, thread in ipairs(threads) do
    ok = ok + thread:get("ok_count")
    refused = refused + thread:get("refused_count")
  end
  local seconds = summary.duration / 1e6
  io.write(string.format("answered %.0f/s  refused %.0f/s  p50 %.1f ms  p99 %.1f ms\n", ok / seconds, refused / seconds,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
END
for connections in 8 128 600; do
  printf '%4d connections: ' $connections
  wrk -t1 -c$connections -d3s -s "$dir/count.lua" "$url" | tail -1
done
