# shellcheck shell=bash
# What the findings share: pinned public packages in a temporary folder, and a memcached of Debian's
# from there.  Sourced by findings/*.sh; sets $folder, which goes when the script ends, and $port
# once a memcached runs.
set -euo pipefail

folder=$(mktemp -d)
server=
end() {
  [[ -z $server ]] || kill "$server" 2>/dev/null || true
  rm -rf "$folder"
}
trap end EXIT

# debian_packages <name=version>...: unpacks them below $folder/debian, without installing anything.
debian_packages() {
  mkdir -p "$folder/debian"
  (cd "$folder" && apt-get download -q "$@" >/dev/null 2>"$folder/apt.log") || {
    cat "$folder/apt.log" >&2
    exit 2
  }
  local package
  for package in "$folder"/*.deb; do dpkg -x "$package" "$folder/debian"; done
  PATH=$folder/debian/usr/bin:$PATH
  LD_LIBRARY_PATH=$folder/debian/usr/lib/$(uname -m)-linux-gnu${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
  export PATH LD_LIBRARY_PATH
}

# npm_packages <name@version>...: into $folder/node_modules.
npm_packages() {
  (cd "$folder" && npm init -y && npm install --no-audit --no-fund --ignore-scripts "$@") \
    >"$folder/npm.log" 2>&1 || {
    cat "$folder/npm.log" >&2
    exit 2
  }
}

# A memcached on a free port of the loopback interface.
start_memcached() {
  debian_packages memcached=1.6.18-1+deb12u1 libevent-2.1-7 libsasl2-2 "$@"
  local attempt
  for attempt in 1 2 3 4 5; do
    port=$((20000 + (RANDOM + attempt) % 20000))
    memcached -u "$(id -un)" -l 127.0.0.1 -p "$port" &
    server=$!
    sleep 0.5
    if kill -0 "$server" 2>/dev/null; then return; fi
  done
  echo "no memcached could be started" >&2
  exit 2
}

# expect <file with what was seen when this was written>: compares it with standard input.
expect() {
  if diff "$1" - ; then
    echo "as it was"
  else
    echo "this has changed ('<' was seen when this was written)" >&2
    exit 1
  fi
}
