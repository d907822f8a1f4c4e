# shellcheck shell=bash
# Of scripts/try: which project it is, the image that is built of it, and the look at the application in that image.

# --- which project ----------------------------------------------------------------------------------------------------

find_project() {
  split_target
  if [ -d "$path" ]; then find_root "$path"; else find_root "$(dirname "$path")"; fi
  find_requirements
}

take_project() {
  stage
  describe_request
  build
  look
}

# As the user knows it: without . and .., symbolic links left as they are.
normal() {
  if [ -d "$1" ]; then (cd "$1" && pwd) && return; fi
  printf '%s/%s' "$(cd "$(dirname "$1")" && pwd)" "$(basename "$1")"
}

# A path is the longest part before a colon that exists; behind it is a module or a callable.
split_target() {
  local head=$target
  while [ ! -e "$(absolute "$head")" ]; do
    if [[ $head != *:* ]]; then split_module && return; fi
    head=${head%:*}
  done
  path=$(normal "$(absolute "$head")") name=${target#"$head"}
  name=${name#:}
  [ -d "$path" ] || [[ $path == *.py ]] || fail "$target is no Python file (.py)."
}

split_module() {
  path=$CALLER name=$target
  case ${target%%:*} in */* | *.py) fail "there is no file $(absolute "${target%%:*}")." ;; esac
  [[ $target =~ ^[A-Za-z_][A-Za-z0-9_.]*(:.+)?$ ]] || fail "$target is not a file, folder or package.module:app."
}

# The nearest folder upwards that has a marker. Where that is manage.py alone, one above it may have the requirements.
find_root() { # FOLDER
  local folder=$1 marker
  while :; do
    for marker in "${MARKERS[@]}"; do
      if [ ! -e "$folder/$marker" ]; then continue; fi
      if [ -z "$root" ] || [ "$marker" != .git ]; then root=$folder; fi
      if [ "$marker" != manage.py ]; then return; fi
    done
    if [ "$folder" = / ]; then break; fi
    folder=$(dirname "$folder")
  done
  root=${root:-$1}
}

find_requirements() {
  if [ -z "$requirements" ]; then return; fi
  local file
  file=$(absolute "$requirements")
  [ -f "$file" ] || file=$root/$requirements
  [ -f "$file" ] || fail "no such file: $requirements."
  file=$(normal "$file")
  case $file in
    "$root"/*) requirements=${file#"$root"/} ;;
    *) fail "$file is not in the project's folder, $root, which is all that the image is built from." ;;
  esac
}

# --- what the image is built from -------------------------------------------------------------------------------------

# A copy of the folder in .try: a builder leaves out what a .dockerignore names, and takes no other list.
stage() {
  local tag excluded=() size each
  tag=$(basename "$root" | tr '[:upper:]' '[:lower:]' | tr -cd 'a-z0-9')
  tag+=-$(printf '%s' "$root" | cksum | cut -d ' ' -f 1)
  work=$PWD/.try/$tag
  export OWN_TAG=$tag OWN_CONTEXT=$work/application
  exclude
  size=$(tar -C "$root" "${excluded[@]}" -cf - . 2>/dev/null |
    head -c $((MOST_MB * 1048576 + 1)) | wc -c) || true # tar ends where head does
  if [ "$size" -gt $((MOST_MB * 1048576)) ]; then refuse_size; fi
  rm -rf "$work" && mkdir -p "$work/application"
  # -m: the builder takes a file of the same size and time for the one that it has, which may be another project's.
  tar -C "$root" "${excluded[@]}" -cf - . | tar -C "$work/application" -xmf - ||
    fail "$root could not be copied: the reason is above."
  for each in "${include[@]}"; do
    [ -e "$root/$each" ] || fail "--include $each: $root has no such file or folder."
    tar -C "$root" -cf - "./$each" | tar -C "$work/application" -xmf -
  done
  write_secrets "$work/secrets"
}

# Virtual environments by what they hold, as well as by their name; and the plain lines of a .dockerignore, so that what
# it names is not copied first. The builder obeys all of it.
exclude() {
  local each ignore=$root/.dockerignore
  excluded=("${LEFT_OUT[@]/#/--exclude=}")
  while IFS= read -r each; do
    excluded+=("--exclude=.${each#"$root"}")
  done < <(find "$root" -maxdepth 3 -name pyvenv.cfg -exec dirname {} \; 2>/dev/null)
  if [ ! -f "$ignore" ] || grep -q '^[[:space:]]*!' "$ignore"; then return; fi
  while IFS= read -r each; do
    each=${each#/}
    excluded+=("--exclude=./${each%/}")
  done < <(tr -d '\r' <"$ignore" | grep -E '^/?[A-Za-z0-9_.][A-Za-z0-9_./ -]+$' || true)
}

refuse_size() {
  local each
  fail "$root has more than $MOST_MB MiB, all of which would become part of an image. Largest (MiB):" \
    "$(cd "$root" && for each in * .[!.]*; do printf '%s\n' "$each"; done | largest)" \
    "List what is not needed in $root/.dockerignore."
}

# Of the names on standard input, in MiB; every du knows -k.
largest() {
  local each
  while IFS= read -r each; do
    case " ${excluded[*]} " in *" --exclude=$each "* | *" --exclude=./$each "*) continue ;; esac
    du -sk "$each" 2>/dev/null || true # a file that may not be read
  done | sort -k1,1rn -k2 | head -n 3 |
    awk '{ size = $1; sub(/^[0-9]+[ \t]+/, ""); printf "%8d  %s\n", size / 1024, $0 }'
}

# What services/own/find decides by, a line KEY=VALUE each.
describe_request() {
  local relative=. line
  case $path in "$root"/*) relative=${path#"$root"/} ;; esac
  OWN_REQUEST=$(
    printf '%s\n' "folder=$root" "path=$relative" "name=$name" "requirements=$requirements" "interface=$interface"
    line=$(git -C "$root" describe --tags --long --always 2>/dev/null || true) # not every folder is a checkout
    printf 'describe=%s\n' "$line"
    line=$(sed -n 's/^FLASK_APP=//p' <<<"$variables" | tail -n 1)
    printf 'flask_app=%b\n' "${line//\\\"/\\x22}"
    for line in "${extras[@]}"; do printf 'extras=%s\n' "$line"; done
    for line in "${groups[@]}"; do printf 'groups=%s\n' "$line"; done
    (cd "$root" && for line in * .[!.]*; do printf 'entries=%s\n' "$line"; done)
  )
  export OWN_REQUEST OWN_APT="${apt[*]}" OWN_FOLDER=$root OWN_ENV=$variables OWN_INTERFACE=$interface
  export OWN_PATIENCE=$patience OWN_TMP_MB=$tmp_mb
}

build() {
  printf 'Building an image of %s\n' "$root"
  plain --progress plain build own-sync >"$work/build.log" 2>&1 &
  await $! build && name_image && return
  if ! grep -qE '^#[0-9]+ [0-9.]+ try\| ' "$work/build.log" ||
    grep -q 'apt-get install' <(tail -n 5 "$work/build.log"); then
    grep -E '^#[0-9]+ [0-9.]+ |^(failed|ERROR)' "$work/build.log" | sed -E 's/^#[0-9]+ [0-9.]+ /  /' |
      tail -n 15 >&2 || true # a log without a line
  fi
  fail 'the image could not be built: the reason is above.'
}

# Without what is kept, whose application may be another one.
plain() { docker compose --file compose.yaml "$@"; }

# Of its contents: what is kept names it, and the next build of the same folder leaves it alone.
name_image() {
  local id
  id=$(docker image inspect --format '{{.Id}}' "$(image)")
  id=${id#sha256:}
  docker tag "$(image)" "$COMPOSE_PROJECT_NAME-own:${id:0:12}"
  docker image rm "$(image)" >/dev/null # the name alone
  OWN_TAG=${id:0:12} built=yes
}

image() { printf '%s-own:%s' "$COMPOSE_PROJECT_NAME" "$OWN_TAG"; }

# Waits for a command in the background; prints its lines that begin with `try| ` as they come, and that it goes on.
await() { # PID STEP
  local shown=0 quiet=0 lines running=yes
  child=$1
  while [ "$running" = yes ]; do
    sleep 0.2
    kill -0 "$child" 2>/dev/null || running=no
    lines=$(sed -nE 's/^#[0-9]+ [0-9.]+ try\| /  /p' "$work/$2.log" 2>/dev/null | tail -n +$((shown + 1)))
    if [ -n "$lines" ]; then
      printf '%s\n' "$lines"
      shown=$((shown + $(wc -l <<<"$lines"))) quiet=0
    elif ((++quiet == HEARTBEAT * 5)); then
      printf '  %s: still working\n' "$2" && quiet=0
    fi
  done
  wait "$child"
}

# In the image in which it will run, before anything serves: what is wrong with it is reported once, not once a server.
look() {
  printf 'Looking at the application\n'
  printf 'services: {own-sync: {networks: !override %s}}\n%s\n' "$(networks)" "$(print_joined)" >"$work/look.yaml"
  plain --file "$work/look.yaml" --progress quiet run --rm --no-deps --no-TTY --name "$(look_name)" own-sync \
    python -m own.look >"$work/found" </dev/null &
  await $! look || fail 'the application cannot be served: see above.'
  { IFS= read -r OWN_FOUND && read -ra servers; } <"$work/found"
  export OWN_FOUND
  [ ${#servers[@]} -gt 0 ] || fail 'no server can start it.'
}

look_name() { printf '%s-look-%s' "$COMPOSE_PROJECT_NAME" "$$"; }
