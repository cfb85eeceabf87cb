# shellcheck shell=bash
# Configuring and building presets.  Sourced by bash scripts, from the root of the tree.

source_directories=(base slab protocol client server)

# One line that changes whenever a source or the build's description does.
source_state() {
  find CMakeLists.txt CMakePresets.json "${source_directories[@]}" \
    -type f -printf '%p %s %T@\n' | LC_ALL=C sort | cksum
}

# Configures and builds a preset quietly: its output is shown only when it fails.
# build_preset <preset> [<target>...]
build_preset() {
  local preset=$1 log=build/$1.log
  shift
  mkdir -p build
  echo "larder: building $preset${1:+: $*}" >&2
  if ! { cmake --preset "$preset" && cmake --build --preset "$preset" ${1:+--target "$@"}; } \
      >"$log" 2>&1; then
    cat "$log" >&2
    echo "larder: the build of $preset failed; the lines above are $log" >&2
    return 1
  fi
}

# Brings build/release/larder up to date with the sources; silent and quick when it is.
build_server() {
  local stamp=build/release/server.stamp state
  state=$(source_state)
  if [[ -x build/release/larder && -e $stamp && $(<"$stamp") == "$state" ]]; then
    return
  fi
  build_preset release larder
  echo "$state" >"$stamp"
}
