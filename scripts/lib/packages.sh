# shellcheck shell=bash disable=SC2034  # the lists are used by scripts that source this file
# The Debian packages that this tree needs, the npm packages that its tests need, and functions
# that install them.  Sourced by bash scripts, from the root of the tree.

# Needed to build the server.
build_packages=(
  cmake ninja-build g++ pkg-config
  libevent-dev libxxhash-dev libfmt-dev libjemalloc-dev libsasl2-dev libsasl2-modules libssl-dev
  libspdlog-dev nlohmann-json3-dev libmd-dev libcurl4-openssl-dev libzstd-dev
)

# Also needed to build and run the tests: Catch2, the fuzzers' compiler, Perl for
# scripts/conformance, matplotlib for scripts/bench, gnuplot for larderctl, Google Benchmark and
# valgrind, the clients and the server that Larder is compared with, etcd for clusters, Prometheus
# with promtool and Python's YAML for its rules, and a browser for the dashboard.
test_packages=(
  python3 python3-matplotlib gnuplot-nox perl catch2 libbenchmark-dev valgrind
  clang-14 libclang-rt-14-dev clang-format
  memcached libmemcached-dev libmemcached-tools
  python3-pymemcache python3-pylibmc python3-binary-memcached
  php-cli php-memcached ruby ruby-dalli libcache-memcached-fast-perl libio-socket-ssl-perl openssl
  nodejs nutcracker etcd-server prometheus python3-yaml chromium
  python3-xxhash python3-zstandard python3-cryptography
)
# Some builds of nodejs include npm and conflict with Debian's package.
command -v npm >/dev/null || test_packages+=(npm)

# Prints the named packages that are not installed.
missing_packages() {
  local package
  local -A installed=()
  while read -r package; do
    installed[$package]=yes
  done < <(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null |
             sed -n 's/^installed //p')
  for package in "$@"; do
    [[ ${installed[$package]:-} ]] || echo "$package"
  done
}

# Installs the named packages that are missing; exits if that fails.
# Returns at once, without changes, if all are installed.
require_packages() {
  if ! command -v dpkg-query >/dev/null; then
    echo "larder: this is not a Debian system; these packages are assumed to be installed: $*" >&2
    return
  fi
  local missing
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]})) || return 0

  local as_root=()
  if ((EUID != 0)); then
    if ! command -v sudo >/dev/null; then
      echo "larder: needs root or sudo to install: ${missing[*]}" >&2
      echo "larder: as root, run: apt-get install ${missing[*]}" >&2
      exit 1
    fi
    as_root=(sudo)
  fi

  echo "larder: installing ${missing[*]}" >&2
  local install=(
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive
    apt-get install -y -q --no-install-recommends "${missing[@]}"
  )
  hold_services "${as_root[@]}"
  # Lists may be absent on a bare machine and stale on an old one; both show as a failed install.
  if ! compgen -G '/var/lib/apt/lists/*Packages*' >/dev/null || ! "${install[@]}" >&2; then
    "${as_root[@]}" apt-get update -q >&2
    "${install[@]}" >&2
  fi
  release_services "${as_root[@]}"
}

# Installs the packages of <source>/package-lock.json into <target>, unless they are installed.
# require_npm_packages <source> <target>
require_npm_packages() {
  local source=$1 target=$2 log=$2.log
  cmp -s "$source/package-lock.json" "$target/installed" && return
  echo "larder: installing the packages of $source" >&2
  rm -rf "$target"
  mkdir -p "$target"
  cp "$source/package.json" "$source/package-lock.json" "$target"
  if ! (cd "$target" && npm ci --ignore-scripts --no-audit --no-fund) >"$log" 2>&1; then
    cat "$log" >&2
    echo "larder: npm ci failed; the lines above are $log" >&2
    return 1
  fi
  cp "$source/package-lock.json" "$target/installed"
}

# A package with a server, such as memcached, would start it at once, on Larder's port.  policy-rc.d
# is Debian's way to prevent that; an existing one is kept.
policy_file=/usr/sbin/policy-rc.d

hold_services() {
  [[ -e $policy_file ]] && return
  printf '#!/bin/sh\nexit 101\n' | "$@" tee "$policy_file" >/dev/null
  "$@" chmod 755 "$policy_file"
  holds_services=yes
  # shellcheck disable=SC2064  # the words as they are now
  trap "release_services $*" EXIT
}

release_services() {
  [[ ${holds_services:-} ]] || return 0
  "$@" rm -f "$policy_file"
  holds_services=
  trap - EXIT
}
