# shellcheck shell=bash
# Of scripts/try: variables and networks, the file that keeps what runs, and the swap of one application for another.

# --- its variables and networks ---------------------------------------------------------------------------------------

# What stands between the quotes of a JSON string; own/settings.py reads it.
escaped() { # TEXT
  local text=${1//\\/\\\\}
  text=${text//\"/\\\"} text=${text//$'\n'/\\n} text=${text//$'\r'/\\r}
  printf '%s' "${text//$'\t'/\\t}"
}

# The same as a string of a compose file, which YAML reads like JSON, and compose after it.
quoted() { # TEXT
  local text
  text=$(escaped "$1")
  printf '"%s"' "${text//'$'/'$$'}"
}

# As compose reads an env_file: quotes, comments, `export`, values of several lines. Those of --env come last, and win.
read_env_files() {
  local each output line read=''
  for each in "${env_files[@]}"; do
    output=$(printf 'services: {probe: {image: none, network_mode: none, env_file: [%s]}}' "$(quoted "$each")" |
      docker compose --project-name probe --file - config --format json 2>&1) ||
      fail "--env-file $each cannot be read: $output"
    while IFS= read -r line; do
      if [[ $line =~ ^\ {8}\"([^\"]+)\":\ \"(.*)\",?$ ]]; then
        read+="${BASH_REMATCH[1]}=${BASH_REMATCH[2]//'$$'/'$'}"$'\n'
      fi
    done <<<"$output"
  done
  variables=$read$variables
}

# The networks of --join exist, and have no name that means one of the lab's services to its containers.
check_networks() {
  local each containers clash aliases
  for each in "${joined[@]}"; do
    containers=$(docker network inspect --format '{{range $id, $_ := .Containers}}{{$id}} {{end}}' "$each" \
      2>/dev/null) || fail "--join $each: there is no such Docker network." \
      'docker network ls lists those of your project; it has to be up.'
    read -ra containers <<<"$containers"
    [ ${#containers[@]} -gt 0 ] || continue
    aliases="{{with index .NetworkSettings.Networks \"$each\"}}{{range .Aliases}}{{println .}}{{end}}{{end}}"
    clash=$(docker inspect --format "$aliases" "${containers[@]}" |
      grep -xF "$(docker compose --profile '*' config --services | grep -v '^own-')" |
      sort -u | tr '\n' ' ') || true # no clash
    [ -z "$clash" ] || fail \
      "--join $each: the lab has a service of the same name (${clash% }), and the name would mean either." \
      'Give that of your project another name on the network.'
    if [ "$(docker network inspect --format '{{.Internal}}' "$each")" != true ]; then
      printf '  --join: the network %s may lead to other hosts, and what you try here reaches them.\n' "$each"
    fi
  done
}

# --- keeping it -------------------------------------------------------------------------------------------------------

# Of an application, or of an image; of the other of the two what is kept already, as both may run beside each other.
print_kept() { # SECONDS SERVER...
  local what=${root:-$image_name}
  printf '%s for %s. Has values of --env: keep it to yourself.' "${MADE}try" "${what//[[:cntrl:]]/?}"
  printf ' scripts/try --stop removes it.\nservices:\n'
  if [ -n "$image_name" ]; then
    print_kept_image
    kept_services no
  else
    print_kept_application "$@"
    kept_services yes
  fi
  print_joined
}

# Of an image, or of an application.
kept_services() { # yes|no
  saved | awk -v image="$1" '
    /^[a-z]/ { on = $0 == "services:" }
    /^  [a-z]/ { mine = ($1 ~ /^(own-image|own-image-usage|nginx):$/) == (image == "yes") }
    /^  / && on && mine'
}

# What differs from compose.yaml, of each server. It is not built again: its image is the one that was proved.
print_kept_application() { # SECONDS SERVER...
  local each
  for each in "${@:2}"; do
    printf '  %s:\n    image: "%s"\n' "$each" "$(image)"
    printf '    pull_policy: never\n    build: !reset null\n    profiles: !reset []\n'
    printf '    tmpfs: !override ["/tmp:size=%dm,mode=1777"]\n    healthcheck: {start_period: %ds}\n' "$tmp_mb" "$1"
    printf '    networks: !override %s\n    environment:\n' "$(networks)"
    printf '      OWN_FOUND: %s\n      OWN_ENV: %s\n' "$(quoted "$OWN_FOUND")" "$(quoted "$variables")"
    printf '      OWN_FOLDER: %s\n      HEALTH_PATH: %s\n' "$(quoted "$root")" "$(quoted "$health")"
  done
}

# A network of --join has a number here, as its name may be that of one of the lab's; those of an image are others.
networks() {
  local number
  printf '[contenders, %s' "$([ "$network" = yes ] && printf outside || printf own)"
  for number in "${!joined[@]}"; do printf ', %s%d' "$(join_name)" "$number"; done
  printf ']'
}

join_name() { if [ -n "$image_name" ]; then printf image-join; else printf join; fi; }

print_joined() {
  local number kept other=image-join
  if [ -n "$image_name" ]; then other=join; fi
  kept=$(saved | grep "^  ${other}[0-9]*: ") || true # there may be none
  if [ ${#joined[@]} -gt 0 ] || [ -n "$kept" ]; then printf 'networks:\n'; fi
  for number in "${!joined[@]}"; do
    printf '  %s%d: {external: true, name: "%s"}\n' "$(join_name)" "$number" "${joined[number]}"
  done
  if [ -n "$kept" ]; then printf '%s\n' "$kept"; fi
}

# For its user alone: values of --env are in it.
write_kept() { (umask 077 && print_kept "$@" >"$work/kept.yaml"); } # SECONDS SERVER...

# In the place of what runs; if that fails, that runs again.
swap() {
  note_redirect
  if [ -n "$(saved)" ]; then (umask 077 && saved >"$work/before.yaml") && mapfile -t before < <(running_own); fi
  swapping=yes
  write_kept $((took + patience)) "${healthy[@]}"
  remove_proofs
  remove
  save "$work/kept.yaml"
  if start "${healthy[@]}"; then
    swapping=no
    if [ -z "$image_name" ]; then remove_images; fi # one of the user's is never removed
    return
  fi
  tail -n 5 "$work/start.log" >&2
  docker compose ps --all --format '  {{.Service}} {{.State}} {{.Health}}' "${healthy[@]}" |
    grep -v ' healthy$' >&2 || true
  fail 'the new containers are not healthy in their place: what ran before is started again.'
}

# There may be none.
running_own() {
  docker compose --profile '*' ps --services --status running | grep -xF "$(printf '%s\n' "${ALL[@]}")" || true
}

start() { # SERVER...
  docker compose --progress quiet up --detach --no-deps --no-build \
    --wait --wait-timeout $((2 * took + START_MORE)) "$@" >"$work/start.log" 2>&1 || return
  case " $* " in *' own-image '*) start_image ;; esac
}

# shellcheck disable=SC2329 # called by clean_up
restore() {
  swapping=no
  remove
  if [ -f "$work/before.yaml" ]; then save "$work/before.yaml"; else forget; fi
  if [ -n "$image_name" ]; then settle || true; fi # nginx may be what failed
  if [ ${#before[@]} -eq 0 ] || start "${before[@]}"; then return; fi
  printf '%s: what ran before does not start either: docker compose logs %s\n' "$SCRIPT" "${before[*]}" >&2
}

# There may be none.
remove() {
  docker compose --progress quiet --profile '*' rm --stop --force --volumes "${ALL[@]}" >/dev/null 2>&1 || true
}

own_images() { docker image ls --format '{{.Repository}}:{{.Tag}}' --filter "reference=$COMPOSE_PROJECT_NAME-own"; }

# All but the one that runs, of this project and of others that were tried before.
remove_images() {
  own_images | { grep -vxF "$(image)" || true; } | xargs -r docker image rm --force >/dev/null # there may be no other
}

stop() {
  local nginx=no
  if [ -e "$KEPT" ]; then refuse_another_override; fi
  if saved | grep -q '^  nginx:'; then nginx=yes; fi
  ALL+=(own-image own-image-usage)
  remove
  forget
  remove_proofs
  if [ "$nginx" = yes ]; then mkdir -p .try && { settle || true; }; fi # it may be down
  docker ps --all --quiet --filter "name=^$COMPOSE_PROJECT_NAME-look-" | xargs -r docker rm --force >/dev/null
  docker network rm "$COMPOSE_PROJECT_NAME"_{own,outside} >/dev/null 2>&1 || true # where there are any
  own_images | xargs -r docker image rm --force >/dev/null
  rm -rf .try
  printf 'Your application was removed.\n'
}
