#!/bin/bash
# How near the server comes to nginx: both answer 600 bytes to `wrk -t1 -c64`, in turns, in one run. Server on core 0,
# wrk on core 1. Prints requests a second of each round, the medians and their ratio. Needs nginx and wrk.
#
#   bench/http.sh [PATH/bench_http_server] [--pool]
set -euo pipefail
cd "$(dirname "$0")/.."
program=build/release/bench/bench_http_server
if [ $# -gt 0 ] && [ "${1:0:2}" != -- ]; then program=$1; shift; fi
rounds=3 seconds=3
dir=$(mktemp -d)
trap 'kill $(cat "$dir"/*.pid 2>/dev/null) 2>/dev/null; wait 2>/dev/null; rm -rf "$dir"' EXIT

head -c 600 /dev/zero | tr '\0' x > "$dir/file.json"
nginx_port=$((20000 + RANDOM % 10000))
cat > "$dir/nginx.conf" <<END
daemon off; master_process off; pid $dir/nginx.pid; error_log $dir/error.log;
events { worker_connections 1024; }
http { access_log off; keepalive_requests 1000000; sendfile on; tcp_nopush on; open_file_cache max=10;
  default_type application/json; client_body_temp_path $dir; proxy_temp_path $dir;
  fastcgi_temp_path $dir; uwsgi_temp_path $dir; scgi_temp_path $dir;
  server { listen 127.0.0.1:$nginx_port; root $dir; } }
END
taskset -c 0 nginx -c "$dir/nginx.conf" -p "$dir" 2>/dev/null &
taskset -c 0 "$program" 0 "$@" > "$dir/port" &
echo $! > "$dir/stewardry.pid"
until [ -s "$dir/port" ] && curl -sf "http://127.0.0.1:$nginx_port/file.json" -o /dev/null; do sleep 0.05; done
port=$(cat "$dir/port")

# The other figure, which a busy machine disturbs less: processor time of the server for each request.
ticks() { awk '{print $14 + $15}' "/proc/$(cat "$dir/$1.pid")/stat"; }

load() {  # load NAME PORT: one round
  local before after
  before=$(ticks "$1")
  taskset -c 1 wrk -t1 -c64 -d${seconds}s --latency "http://127.0.0.1:$2/file.json" > "$dir/out"
  after=$(ticks "$1")
  awk -v name="$1" -v ticks=$((after - before)) -v hz="$(getconf CLK_TCK)" '
    /Requests\/sec/ {rate=$2} / requests in / {count=$1} $1 == "99%" {p99=$2}
    END {printf "%-9s %9.0f requests/s  p99 %s  processor %.2f us/request\n", name, rate, p99,
         ticks * 1e6 / hz / count}' "$dir/out"
  awk '/Requests\/sec/ {print $2}' "$dir/out" >> "$dir/$1.rates"
}
median() { sort -n "$1" | awk '{v[NR]=$1} END {print v[int((NR+1)/2)]}'; }

for _ in $(seq $rounds); do
  load nginx "$nginx_port"
  load stewardry "$port"
done
awk -v ours="$(median "$dir/stewardry.rates")" -v theirs="$(median "$dir/nginx.rates")" \
  'BEGIN {printf "median    nginx %.0f  stewardry %.0f  ratio %.2f\n", theirs, ours, ours / theirs}'
