# shellcheck shell=bash
# Of scripts/try: what is to run is started in containers beside what runs, until it is healthy or has failed.

# Every server in a container of its own, by the file that will be kept.
prove() {
  local each
  printf 'Starting %s\n' "${servers[*]}"
  if [ "$network" = yes ]; then printf '%s\n' '  --network: your app can reach other hosts.'; fi
  write_kept "$PROOF_MOST" "${servers[@]}"
  remove_proofs
  start_proof "${servers[0]}" # makes the networks
  for each in "${servers[@]:1}"; do start_proof "$each" & done
  wait
  watch_proofs
  mapfile -t healthy < <(printf '%s\n' "${servers[@]}" | grep -xF "$(printf '%s\n' "${healthy[@]}")") # in their order
  if [ ${#healthy[@]} -eq 0 ]; then
    fail 'no server is healthy: the reasons are above.' \
      "$([ -z "$(running_own)" ] || printf 'The application that ran before runs on.')"
  fi
}

start_proof() { # SERVER
  plain --file "$work/kept.yaml" --progress quiet run --detach --no-deps --name "$(proof_name "$1")" "$1" \
    >/dev/null 2>>"$work/start.log" </dev/null || true # a container that is not there is not healthy, which is reported
}

proof_name() { printf '%s-proof-%s' "$COMPOSE_PROJECT_NAME" "$1"; }

# Until each is healthy, has ended, or has done nothing for --patience. Another line in the log is progress, and so is
# CPU time; a worker that fails and is started again and again writes the same lines, and its time goes with it.
watch_proofs() {
  local began=$SECONDS shown=$SECONDS waiting=("${servers[@]}") left each
  local -A most=() moved=()
  for each in "${servers[@]}"; do most[$each]=0 moved[$each]=$SECONDS; done
  while [ ${#waiting[@]} -gt 0 ]; do
    left=()
    for each in "${waiting[@]}"; do
      case $(proof_state "$each") in
        *' healthy '*) healthy+=("$each") && printf '  %s is healthy after %d s\n' "$each" $((SECONDS - began)) ;;
        running*': 4'??' instead of '*) report_status "$each" ;;
        running*': 500 instead of '*) explain "$each" "GET $health fails" ;; # not 503: it may start
        running*)
          if ((SECONDS - moved[$each] < patience)); then
            left+=("$each")
          else
            explain "$each" "no progress for $patience s (--patience)"
          fi
          ;;
        *) explain "$each" 'it has ended' ;;
      esac
    done
    waiting=("${left[@]}")
    if ((SECONDS - shown >= HEARTBEAT)) && [ ${#waiting[@]} -gt 0 ]; then
      printf '  starting for %d s: %s\n' $((SECONDS - began)) "${waiting[*]}" && shown=$SECONDS
      for each in "${waiting[@]}"; do note_progress "$each"; done
    fi
    sleep 0.5
  done
  took=$((SECONDS - began))
}

# `running starting /: 404 instead of one below 400`: of the container, of its health, and its last check's.
proof_state() { # SERVER
  if [ "$1" = own-image ]; then image_state && return; fi
  # shellcheck disable=SC2016 # a template of the engine's
  local last='{{$last := ""}}{{range .State.Health.Log}}{{$last = .Output}}{{end}}'
  docker inspect --format "$last{{.State.Status}} {{.State.Health.Status}} {{\$last}}" "$(proof_name "$1")" \
    2>/dev/null || true # it could not be made
}

note_progress() { # SERVER
  local lines seconds
  lines=$(docker logs "$(proof_name "$1")" 2>&1 | sed 's/[0-9]//g' | sort -u | wc -l) || return 0 # it has just ended
  seconds=$(docker top "$(proof_name "$1")" -eo pid,time 2>/dev/null | awk '
    NR > 1 { n = split($2, part, /[-:]/); time = 0; for (i = 1; i <= n; i++) time = time * 60 + part[i]; sum += time }
    END { print sum + 0 }') || return 0
  if ((lines + seconds > most[$1])); then most[$1]=$((lines + seconds)) moved[$1]=$SECONDS; fi
}

explain() { # SERVER REASON
  local last
  last=$(last_check "$1")
  printf '  %s is left out: %s.%s\n' "$1" "$2" "${last:+ Its last health check: $last}" >&2
  if [ "$1" = own-image ] && [[ $last = *ConnectionRefused* ]]; then
    printf '    Does it listen on port %s (--port), and on 0.0.0.0 rather than 127.0.0.1?\n' "$port" >&2
  fi
  if [ -z "$(proof_state "$1")" ]; then tail -n 3 "$work/start.log" >&2 && return; fi
  printf '    The end of its log:\n' >&2
  docker logs --tail 8 "$(proof_name "$1")" 2>&1 | sed "s#/app/#${root:-/app}/#g; s/^/    /" >&2
}

last_check() { proof_state "$1" | cut -d ' ' -f 3- | grep . | tail -n 1 || true; } # SERVER, which may have had none

# It runs, and it is not the page: where / is none, another one may be. One server is tried, because all have the same pages.
report_status() { # SERVER
  local page
  printf '  %s is left out: %s\n' "$1" "$(last_check "$1")" >&2
  if [ "$suggested" = yes ]; then return; fi
  suggested=yes
  for page in /docs /health /healthz /api/ /admin/login/; do
    if has_page "$1" "$page" >/dev/null 2>&1; then
      printf '    --health PATH names a page that it has: %s is one.\n' "$page" >&2 && return
    fi
  done
  printf '    --health PATH names a page that it has.\n' >&2
}

has_page() { # SERVER PAGE
  if [ "$1" = own-image ]; then
    check_health "$(proof_name "$1"):$port" "$2"
  else
    docker exec --env HEALTH_PATH="$2" "$(proof_name "$1")" python -m contender.healthcheck
  fi
}

# A redirect is healthy, but what a race of it would measure is seldom meant.
note_redirect() {
  local location
  location=$(proof_state "${healthy[0]}" | sed -n 's/.* redirects to //p')
  if [ -z "$location" ]; then return; fi
  printf '  note: %s redirects to %s; --health %s measures that page\n' "$health" "$location" "$location"
}

remove_proofs() {
  docker ps --all --quiet --filter "name=^$COMPOSE_PROJECT_NAME-proof-" |
    xargs -r docker rm --force --volumes >/dev/null
}
