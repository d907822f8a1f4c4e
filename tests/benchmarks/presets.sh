#!/usr/bin/env bash
# Starts each preset of scripts/ab, measures it, and writes what was found into services/presets.json and the README's table.
#   tests/benchmarks/presets.sh [--only NAME] [--budget 40]
# --budget: seconds of each comparison; a preset takes fifteen more to start, and building an image once half a minute more
# (of gil four). Needs the contenders of the profile `more` (COMPOSE_PROFILES=more scripts/up), no slots, a quiet machine;
# for django its example (scripts/try services/own/examples/django). A preset that does not start is left as it was, and so is
# one of another experiment than ab.
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/../.."

TABLE=services/presets.json README=services/bench/README.md
only='' budget=40 work=''

main() {
  local name failed=0
  while [ $# -gt 1 ]; do
    case $1 in --only | --budget) printf -v "${1#--}" '%s' "$2" && shift 2 ;; *) break ;; esac
  done
  if [ $# -gt 0 ]; then sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" >&2 && exit 2; fi
  work=$(mktemp -d)
  trap 'scripts/ab --stop >&2; rm -rf "$work"' EXIT
  for name in ${only:-$(names)}; do measure "$name" || failed=1; done
  return "$failed"
}

names() { sed -nE '/^    "name": /h; /^    "metric": /{x; s/^    "name": "(.*)",$/\1/p}' "$TABLE"; }

bench_of() { sed -nE '/^    "name": "'"$1"'",$/,/^  \}/s/^    "bench": "(.*)",$/\1/p' "$TABLE"; }

measure() { # NAME
  local arguments began=$SECONDS
  read -ra arguments <<<"$(bench_of "$1")"
  scripts/ab --preset "$1" >&2 || return 1
  {
    cat "$TABLE"
    printf '\0%s\0' "$1"
    scripts/bench ab "${arguments[@]}" --seconds 1 --budget "$budget" --no-save --json 2>/dev/null </dev/null
    printf '\0'
    cat "$README"
  } | docker compose exec --no-TTY bench python -c "$(<tests/benchmarks/presets.py)" >"$work/both" || return 1 # both files stay
  sed '/^\f$/,$d' "$work/both" >"$TABLE"
  sed '1,/^\f$/d' "$work/both" >"$README"
  printf '%s took %d s\n' "$1" $((SECONDS - began)) >&2
}

main "$@"
