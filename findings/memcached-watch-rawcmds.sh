#!/usr/bin/env bash
# memcached 1.6.18 (Debian): `watch rawcmds` is accepted and never shows anything.
#
# Guess: it answers OK and then prints the line of each command that a client sends, as the stream's
#   name and its entry among the log's formats say; a stream that does not exist is refused.
# Seen: OK, and silence. The stream fetchers shows three lines of the same commands (set looks its
#   key up, too).
#
#   commands sent: set, get, mg
#   lines of a watcher of rawcmds: 0
#   lines of a watcher of fetchers: 3
source "$(dirname "${BASH_SOURCE[0]}")/lib/packages.sh"
start_memcached

# lines_of <stream>: how many lines a watcher of it gets while another client sends three commands.
lines_of() {
  exec {watcher}<>"/dev/tcp/127.0.0.1/$port" {client}<>"/dev/tcp/127.0.0.1/$port"
  printf 'watch %s\r\n' "$1" >&"$watcher"
  local answer line count=0
  read -r answer <&"$watcher"
  [[ $answer == OK* ]] || { echo "watch answered: $answer" >&2; exit 1; }
  printf 'set key 0 0 1\r\nx\r\nget key\r\nmg key v\r\n' >&"$client"
  while read -r -t 3 line <&"$watcher"; do count=$((count + 1)); done
  exec {watcher}>&- {client}>&-
  echo "$count"
}

cat >"$folder/seen" <<'TEXT'
commands sent: set, get, mg
lines of a watcher of rawcmds: 0
lines of a watcher of fetchers: 3
TEXT
{
  echo "commands sent: set, get, mg"
  echo "lines of a watcher of rawcmds: $(lines_of rawcmds)"
  echo "lines of a watcher of fetchers: $(lines_of fetchers)"
} | expect "$folder/seen"
