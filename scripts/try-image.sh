# shellcheck shell=bash
# Of scripts/try: an image that exists already, with any web server in it, as the contender own-image. Nothing is known
# of what is in it, not even a shell: its health is checked from outside.

OF_A_PROJECT=(--requirements --apt --include --interface --extra --group --look)

# The path becomes a part of nginx's configuration, where other characters have a meaning.
check_image() {
  local each
  for each in "${given[@]}"; do
    case " ${OF_A_PROJECT[*]} " in
      *" $each "*) usage "$each is for a project: of an image nothing is found, installed or built." ;;
    esac
  done
  [ -z "$target" ] || usage "either an application or an image: $target, --image $image_name."
  [[ $health =~ ^/[A-Za-z0-9._~/%+,:@=-]*$ ]] ||
    usage "--health $health: of an image it is a path without a query, of letters, digits and ._~/%+,:@=- alone."
}

take_image() {
  work=$PWD/.try/image ALL=(own-image own-image-usage) servers=(own-image)
  rm -rf "$work" && mkdir -p "$work"
  if ! docker image inspect "$image_name" >/dev/null 2>&1; then
    printf 'Pulling %s\n' "$image_name"
    docker pull --quiet "$image_name" >"$work/pull.log" 2>&1 ||
      fail "the image $image_name is not here, and cannot be pulled: $(tail -n 1 "$work/pull.log")"
  fi
  if [ -z "$port" ]; then find_port; fi
  plain --progress quiet build own-image-usage >"$work/build.log" 2>&1 ||
    fail 'own-image-usage, which reads what the image uses, could not be built:' "$(tail -n 5 "$work/build.log")"
}

# Where it exposes just one.
find_port() {
  local ports
  # shellcheck disable=SC2016 # a template of the engine's
  ports=$(docker image inspect --format '{{range $each, $_ := .Config.ExposedPorts}}{{println $each}}{{end}}' \
    "$image_name" | sed -n 's#/tcp$##p' | tr '\n' ' ')
  read -ra ports <<<"$ports"
  if [ ${#ports[@]} -eq 1 ]; then port=${ports[0]} && return; fi
  fail "$image_name exposes ${ports[*]:-no port}: name the one that its server listens on." \
    "scripts/try --image $image_name --port ${ports[0]:-8000}"
}

# Its health, and what there is to say of it: as the containers' own health checks do, from that of the bench.
check_health() { # HOST:PORT PATH
  docker compose exec --no-TTY --env SERVICE=own-image --env HEALTH_ADDRESS="$1" --env HEALTH_PATH="$2" bench \
    python -m contender.healthcheck 2>&1 </dev/null
}

# As of a container with a health check: its state, its health, and what the check found.
image_state() {
  local state found
  state=$(docker inspect --format '{{.State.Status}}' "$(proof_name own-image)" 2>/dev/null) || return 0 # not made
  if [ "$state" != running ]; then
    printf '%s unhealthy ' "$state"
  elif found=$(check_health "$(proof_name own-image):$port" "$health"); then
    printf 'running healthy %s' "$found"
  else
    printf 'running starting %s' "$found"
  fi
}

# What differs from compose.yaml. nginx has its port and its path, and is started again where they are others.
print_kept_image() {
  local each key
  local -A values=()
  while IFS= read -r each; do
    if [ -n "$each" ]; then values[${each%%=*}]=${each#*=}; fi # the last of several wins
  done <<<"$variables"
  printf '  own-image:\n    image: %s\n    profiles: !reset []\n' "$(quoted "$image_name")"
  printf '    tmpfs: !override ["/tmp:size=%dm,mode=1777,exec"]\n' "$tmp_mb"
  printf '    networks: !override %s\n' "$(networks)"
  if [ ${#values[@]} -gt 0 ]; then printf '    environment:\n'; fi
  for key in "${!values[@]}"; do
    each=${values[$key]//'{prefix}'//own-image}
    printf '      "%s": "%s"\n' "$key" "${each//'$'/'$$'}"
  done
  if [ ${#command[@]} -gt 0 ]; then printf '    command:\n'; fi
  for each in "${command[@]}"; do printf '      - %s\n' "$(quoted "$each")"; done
  printf '  own-image-usage:\n    profiles: !reset []\n'
  printf '  nginx:\n    environment: {OWN_IMAGE_PORT: "%s", OWN_IMAGE_HEALTH: "%s"}\n' "$port" "$health"
}

# Until it is healthy through nginx, which is where it is measured.
start_image() {
  local end=$((SECONDS + 2 * took + START_MORE)) found
  settle own-image-usage || return
  until found=$(check_health nginx:8080 /own-image/.well-known/serverlab/healthz); do
    if ((SECONDS > end)); then printf '%s\n' "$found" >>"$work/start.log" && return 1; fi
    sleep 0.5
  done
}

# nginx as it is kept now: compose leaves it alone where nothing of it has changed.
settle() { # [SERVICE...]
  if [ -z "$(docker compose ps --quiet --status running nginx 2>/dev/null)" ]; then return; fi
  docker compose --progress quiet up --detach --no-deps --no-build --wait nginx "$@" >>"${work:-.try}/start.log" 2>&1
}
