# shellcheck shell=bash
# What scripts/try and scripts/ab start is kept in compose.override.yaml, which compose reads beside compose.yaml: scripts/up,
# scripts/roll and docker compose start it again. Each has a document of its own in it, below a line that names the script.
KEPT=compose.override.yaml
MADE='# Made by scripts/' # how each document begins

# compose reads the first of these that it finds beside compose.yaml.
refuse_another_override() {
  local each
  for each in compose.override.yml "$KEPT" docker-compose.override.yml docker-compose.override.yaml; do
    if [ -e "$each" ] && { [ "$each" != "$KEPT" ] || [[ $(head -n 1 "$KEPT") != "$MADE"* ]]; }; then
      fail "$each is not of scripts/$SCRIPT, which keeps in $KEPT what it starts." \
        'Rename yours, and have compose read it where you need it: docker compose --file compose.yaml --file yours.yaml ...'
    fi
  done
  if grep -qsE '^(export )?COMPOSE_FILE=' .env; then
    fail "COMPOSE_FILE in .env keeps compose from reading $KEPT, in which scripts/$SCRIPT keeps what it starts." \
      'Remove it from .env.'
  fi
}

# The document of this script, or of all others; nothing where there is none.
saved() { print_documents yes; }
saved_by_others() { print_documents no; }
print_documents() { # OWN
  if [ ! -f "$KEPT" ]; then return; fi
  awk -v made="$MADE$SCRIPT " -v own="$1" '
    $0 == "---" { next }
    index($0, "# Made by scripts/") == 1 { chosen = (index($0, made) == 1 ? "yes" : "no") == own; if (chosen && n++) print "---" }
    chosen' "$KEPT"
}

# In the place of this script's document, or none any more. For its user alone: values are in it.
save() { rewrite_override "$1"; } # FILE
forget() { rewrite_override; }
rewrite_override() { # [FILE]
  local others
  others=$(saved_by_others)
  (
    umask 077
    {
      if [ -n "$others" ]; then printf '%s\n' "$others"; fi
      if [ -n "$others" ] && [ $# -gt 0 ]; then printf '%s\n' ---; fi
      if [ $# -gt 0 ]; then cat "$1"; fi
    } >"$KEPT.new"
  )
  if [ -s "$KEPT.new" ]; then mv "$KEPT.new" "$KEPT"; else rm -f "$KEPT.new" "$KEPT"; fi
}
