# shellcheck shell=bash
# Configuring and building presets.  Sourced by bash scripts, from the root of the tree.

source_directories=(base slab protocol client server larderctl)

# The programs whose source state is recorded in build/release/<program>.stamp.
release_programs=(larder larderctl)

# A line that changes with every source and with the build configuration.
source_state() {
  find CMakeLists.txt CMakePresets.json "${source_directories[@]}" \
    -type f -printf '%p %s %T@\n' | LC_ALL=C sort | cksum
}

# Configures and builds a preset quietly: its output is shown only when it fails.
# build_preset <preset> [<target>...]
build_preset() {
  local preset=$1 log=build/$1.log state program
  shift
  mkdir -p build
  state=$(source_state)
  echo "larder: building $preset${1:+: $*}" >&2
  if ! { cmake --preset "$preset" && cmake --build --preset "$preset" ${1:+--target "$@"}; } \
      >"$log" 2>&1; then
    cat "$log" >&2
    echo "larder: the build of $preset failed; the lines above are $log" >&2
    return 1
  fi
  [[ $preset == release ]] || return 0
  for program in "${release_programs[@]}"; do
    if [[ " ${*:-${release_programs[*]}} " == *" $program "* ]]; then
      echo "$state" >"build/release/$program.stamp"
    fi
  done
}

# Builds presets, two at a time: configuring and linking leave processors idle.  Each gets as many
# jobs as there are processors, so that both together need little more memory than one alone.
# build_presets <preset>...
build_presets() {
  local preset running=0 status=0
  for preset in "$@"; do
    if ((running == 2)); then
      wait -n || status=1
      running=1
    fi
    ((status == 0)) || break
    CMAKE_BUILD_PARALLEL_LEVEL=$(nproc) build_preset "$preset" &
    running=$((running + 1))
  done
  while ((running > 0)); do
    wait -n || status=1
    running=$((running - 1))
  done
  return "$status"
}

# Brings build/release/<program> up to date with the sources; silent and quick when it is.
build_program() {
  local stamp=build/release/$1.stamp
  if [[ -x build/release/$1 && -e $stamp && $(<"$stamp") == "$(source_state)" ]]; then
    return
  fi
  build_preset release "$1"
}

build_server() { build_program larder; }
