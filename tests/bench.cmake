# The benchmark programs, and tests that they work, without checking any speed.
# Part of CMakeLists.txt, which lists their sources.

add_executable(larder-load ${LOAD_SOURCES})
target_link_libraries(larder-load PRIVATE larder_client)
larder_test(bench load 120 ${LARDER_PYTHON} tests/bench/load_test.py
            --load $<TARGET_FILE:larder-load>)
larder_test(bench plot 120 ${LARDER_PYTHON} tests/bench/plot_test.py)
larder_test(bench scripts 240 ${LARDER_PYTHON} tests/bench/scripts_test.py
            --larder $<TARGET_FILE:larder> --load $<TARGET_FILE:larder-load>)
add_executable(larder-floor ${FLOOR_SOURCES})
target_link_libraries(larder-floor PRIVATE larder_client)
add_executable(larder-eviction ${EVICTION_SOURCES})
target_link_libraries(larder-eviction PRIVATE larder_slab)
add_executable(larder-curve ${CURVE_SOURCES})
target_link_libraries(larder-curve PRIVATE larder_server)
# Further dependencies of the counts of instructions.
set(compiler "${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}")
file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/built_with.txt
     CONTENT "${compiler}, ${CMAKE_SYSTEM_PROCESSOR}, libevent ${libevent_VERSION}\n")
larder_test(bench instructions 180 ${LARDER_PYTHON} tests/bench/instructions_test.py
            --larder $<TARGET_FILE:larder>)
set_tests_properties("${build_name}: instructions" PROPERTIES SKIP_RETURN_CODE 77)
larder_test(bench eviction 120 $<TARGET_FILE:larder-eviction> zipf 10000 200000 2 300 1)
larder_test(bench curve 120 $<TARGET_FILE:larder-curve> zipf 60000 400000 2 300 50000 4)
add_executable(larder-store-waits ${STORE_WAITS_SOURCES})
target_link_libraries(larder-store-waits PRIVATE larder_slab)
larder_test(bench store_waits 60 $<TARGET_FILE:larder-store-waits> --keys 10000 --memory 4)
find_package(benchmark 1.7 QUIET)
if(benchmark_FOUND)
  add_executable(larder-store-bench ${STORE_BENCH_SOURCES})
  target_link_libraries(larder-store-bench PRIVATE larder_slab benchmark::benchmark)
  if(LARDER_JEMALLOC)
    target_link_libraries(larder-store-bench PRIVATE PkgConfig::jemalloc)
  endif()
  # Checks that it works and finds every key; times matter only in manual runs.
  larder_test(bench store_bench 120 $<TARGET_FILE:larder-store-bench> --keys 1000
              --benchmark_min_time=0.001)
else()
  message(STATUS "Google Benchmark not found: building without larder-store-bench")
endif()
