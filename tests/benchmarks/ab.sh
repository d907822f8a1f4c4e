#!/usr/bin/env bash
# Comparisons of two slots of uvicorn with no difference, and with a planted one; then tests/benchmarks/ab.py judges them.
#   tests/benchmarks/ab.sh [--runs 40] [--planted 10] [--share 10] [--budget 60] [--detect 5]
# --runs comparisons of like with like, --planted ones with --share per cent more CPU per request in b, each of --budget seconds.
# Needs a lab that is up (scripts/up), without slots, and a quiet machine. Forty and ten of a minute take under an hour.
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/../.."

runs=40 planted=10 share=10 budget=60 detect=5
CPU_MS=2 # of each request, beside a tenth of a millisecond for HTTP: so much that what is planted is known

main() {
  while [ $# -gt 1 ]; do
    case $1 in --runs | --planted | --share | --budget | --detect) printf -v "${1#--}" '%s' "$2" && shift 2 ;; *) break ;; esac
  done
  if [ $# -gt 0 ]; then sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" >&2 && exit 2; fi
  more_ms=$(awk "BEGIN { print $CPU_MS * $share / 100 }")
  trap 'scripts/ab --stop >&2' EXIT
  {
    scripts/ab uvicorn --same >&2
    compare same "$runs"
    scripts/ab uvicorn --b "env.BURN_MORE_MS=$more_ms" >&2
    compare planted "$planted"
  } | judge
}

compare() { # KIND COUNT
  local number
  for ((number = 1; number <= $2; number++)); do
    printf '%s ' "$1"
    scripts/bench ab --workload mix --cpu-ms "$CPU_MS" --in-flight 4 --seconds 1 --budget "$budget" --detect "$detect" \
      --seed "$number" --no-save --json 2>/dev/null </dev/null
  done
}

judge() {
  docker compose exec --no-TTY bench python -c "$(<tests/benchmarks/ab.py)" "$(awk "BEGIN { print 1000 * $more_ms }")"
}

main "$@"
