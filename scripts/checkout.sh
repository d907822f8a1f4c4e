# shellcheck shell=bash
# What every script begins with: . "$(dirname "$(realpath "$0")")/checkout.sh"
# It decides what a script works on: this checkout, its compose file and its .env, wherever the script is called from and
# whatever the caller's environment holds. Only the engine (DOCKER_HOST, DOCKER_CONTEXT) is the caller's choice.
# It answers -h and --help with the comment at the head of the script, before anything else happens.

# COMPOSE_FILE, COMPOSE_ENV_FILES and others would put another project in the place of this one. These choose no files.
# A COMPOSE_FILE in this checkout's .env is a decision about this checkout, and compose reads it there.
for variable in "${!COMPOSE_@}"; do
  case $variable in
    COMPOSE_PROJECT_NAME | COMPOSE_PROFILES | COMPOSE_ANSI | COMPOSE_BAKE | COMPOSE_MENU | COMPOSE_PARALLEL_LIMIT | COMPOSE_PROGRESS) ;;
    *) unset "$variable" ;;
  esac
done
unset variable CDPATH BASH_ENV ENV # where `cd` would look first, and what a shell that is started would read first

SCRIPT_FILE=$(realpath "$0") SCRIPT=$(basename "$0")
# shellcheck disable=SC2034 # of scripts/try
CALLER=$PWD # to which a path on the command line is relative
cd "$(dirname "$SCRIPT_FILE")/.." || exit

# --- help and errors --------------------------------------------------------------------------------------------------

help() { sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$SCRIPT_FILE"; }

usage() { # MESSAGE
  printf '%s: %s\n\n' "$SCRIPT" "$1" >&2
  help >&2
  exit 2
}

fail() { # MESSAGE [REMEDY...]
  printf '%s: %s\n' "$SCRIPT" "$1" >&2
  [ $# -eq 1 ] || printf '  %s\n' "${@:2}" >&2
  exit 1
}

# For a script that passes no options on. A path or a name never begins with a dash.
refuse_options() {
  local argument
  for argument; do
    case $argument in -*) usage "there is no option $argument" ;; esac
  done
}

case ${1-} in
  -h | --help)
    help
    exit
    ;;
esac

# --- settings ---------------------------------------------------------------------------------------------------------

# All settings of .env.example as compose reads them from .env and the environment: comments, quotes, `export`, line ends.
# `docker compose config --environment` is newer than our floor, so compose interpolates a file of its own making.
declare -A CHOSEN=()
read_settings() {
  local output line value
  output=$(print_probe | docker compose --file - config --format json 2>&1) || fail 'the settings cannot be read:' "$output" 'Correct .env, or the environment.'
  while IFS= read -r line; do
    if [[ $line =~ ^\ +\"([A-Z_]+)\":\ \"(.*)\",?$ ]]; then
      printf -v value '%b' "${BASH_REMATCH[2]//\\\"/\\x22}" # undoes JSON's escapes, of which it knows all but the quote's
      CHOSEN[${BASH_REMATCH[1]}]=${value//'$$'/'$'}
    elif [[ $line =~ ^\ \ \"name\":\ \"(.*)\",?$ ]]; then # that of the project, two blanks deep; a network has one, too
      export COMPOSE_PROJECT_NAME=${BASH_REMATCH[1]}      # from now on one name, whatever else names the project
    fi
  done <<<"$output"
  [ -n "${COMPOSE_PROJECT_NAME-}" ] || fail 'the settings cannot be read: docker compose printed' "$output"
}

print_probe() {
  sed -n '/^name: /p' compose.yaml
  printf 'services: {probe: {image: none}}\nx-settings:\n'
  sed -nE 's/^#?([A-Z_]+)=.*/  \1: "${\1-}"/p' .env.example
}

# Empty where neither .env nor the environment has it, or has it empty: to compose's ${NAME:-default} that is the same.
chosen() { printf '%s' "${CHOSEN[$1]-}"; } # NAME

# What was chosen, or the default, which .env.example has from compose.yaml.
setting() { # NAME
  if [ -n "${CHOSEN[$1]-}" ]; then chosen "$1"; else sed -nE "s/^#?$1=//p" .env.example; fi
}

# --- whose lab it is --------------------------------------------------------------------------------------------------

# Two checkouts have the same project name unless COMPOSE_PROJECT_NAME differs. Compose labels a container with the
# folder of its checkout, but a volume, which outlives containers, with the project only: scripts/up notes the folder on a
# volume that holds nothing. After read_settings.
CHECKOUT_LABEL=serverlab.checkout

claim_lab() { docker volume create --label "$CHECKOUT_LABEL=$PWD" "${COMPOSE_PROJECT_NAME}_checkout" >/dev/null; }

unclaim_lab() { docker volume rm --force "${COMPOSE_PROJECT_NAME}_checkout" >/dev/null; }

lab_volumes() { docker volume ls --quiet --filter "label=com.docker.compose.project=$COMPOSE_PROJECT_NAME"; }

lab_folders() {
  docker ps --all --filter "label=com.docker.compose.project=$COMPOSE_PROJECT_NAME" --format '{{.Label "com.docker.compose.project.working_dir"}}'
  if [ -n "$(lab_volumes)" ]; then
    docker volume ls --filter "label=$CHECKOUT_LABEL" --filter "name=^${COMPOSE_PROJECT_NAME}_checkout$" --format "{{.Label \"$CHECKOUT_LABEL\"}}"
  fi
}

# As it is, with the base images of .env; without what scripts/try, scripts/ab and scripts/test keep here.
copy_checkout() { # FOLDER
  local each options=()
  for each in .git .venv .try .second compose.override.yaml; do options+=(--exclude="./$each"); done
  mkdir -p "$1"
  tar --create "${options[@]}" . | tar --extract --directory "$1"
}

refuse_another_checkout() { # [REMEDY...]
  local folders folder
  [ $# -gt 0 ] || set -- 'To have one of your own beside it, put another COMPOSE_PROJECT_NAME, LAB_PORT and LAB_TLS_PORT into .env.' \
    'To stop that one, call scripts/down there, or here scripts/down --other-checkout; with -v it removes the data, too.'
  folders=$(lab_folders) # and not in a pipe, where a failure would be lost
  while IFS= read -r folder; do
    if [ -z "$folder" ] || [ "$folder" -ef . ]; then continue; fi
    fail "the lab $COMPOSE_PROJECT_NAME belongs to another checkout, $folder" "$@"
  done <<<"$folders"
}

# --- where the lab is -------------------------------------------------------------------------------------------------

# From an address that is listened on to one to connect to: "any" is this machine, too. LAB_BIND may have brackets.
reachable() { # ADDRESS
  case $1 in
    0.0.0.0) printf 127.0.0.1 ;;
    :: | '[::]') printf ::1 ;;
    *) printf '%s' "$1" | tr -d '[]' ;;
  esac
}

url() { # ADDRESS PORT
  local host
  host=$(reachable "$1")
  case $host in
    127.0.0.1) host=localhost ;;
    *:*) host="[$host]" ;;
  esac
  printf 'http://%s:%s' "$host" "$2"
}

lab_url() {
  local published
  published=$(docker compose port nginx 8080)
  url "${published%:*}" "${published##*:}"
}

# 200 where nginx is reached; nothing where no server listens.
health_status() { # ADDRESS PORT
  local status
  exec 3<>"/dev/tcp/$(reachable "$1")/$2"
  printf 'GET /healthz HTTP/1.0\r\n\r\n' >&3
  read -r -t 10 _ status _ <&3 # far above what nginx takes for it
  printf '%s' "$status"
}

# --- package indexes --------------------------------------------------------------------------------------------------

# Their credentials are there for one step of the build, and in no layer.
write_secrets() { # FOLDER
  export OWN_NETRC=$1/netrc OWN_INDEXES=$1/indexes
  (
    umask 077
    mkdir -p "$1"
    cat "${NETRC:-$HOME/.netrc}" >"$OWN_NETRC" 2>/dev/null || true # most have none
    {
      env | grep -E '^UV_(INDEX(_[A-Z0-9_]+)?|DEFAULT_INDEX|EXTRA_INDEX_URL|FIND_LINKS)=' || true
      [ -z "${PIP_INDEX_URL-}" ] || printf 'UV_DEFAULT_INDEX=%s\n' "$PIP_INDEX_URL"
      [ -z "${PIP_EXTRA_INDEX_URL-}" ] || printf 'UV_INDEX=%s\n' "$PIP_EXTRA_INDEX_URL"
    } >"$OWN_INDEXES"
  )
}
