// Numbers and sizes, for each option.
#include <catch2/catch.hpp>

#include "tests/server/options/command_lines.h"

namespace larder::server {
namespace {

TEST_CASE("sizes accept k, m and g, and have memcached's default units") {
  CHECK(options_of("-m 64").memory_bytes_max == 64u << 20);
  CHECK(options_of("-m 64m").memory_bytes_max == 64u << 20);
  CHECK(options_of("-m 65536K").memory_bytes_max == 64u << 20);
  CHECK(options_of("-m 10g").memory_bytes_max == uint64_t{10} << 30);
  CHECK(options_of("-m 2G -I 1g").item_bytes_max == 1u << 30);
  CHECK(options_of("-n 1k").slab_chunk_bytes_min == 1024);
  CHECK(options_of("-o slab_chunk_max=4k").slab_chunk_bytes_max == 4096);
  CHECK(options_of("-o slab_sizes=100-1k").slab_sizes == std::vector<uint32_t>{100, 1024});
  CHECK(options_of("-o ssl_wbuf_size=8").tls_write_bytes_max == 8192);
  CHECK(options_of("-o ssl_wbuf_size=1m").tls_write_bytes_max == 1u << 20);
  CHECK(options_of("-o watcher_logbuf_size=1m").watcher_log_bytes_max == 1u << 20);
  CHECK(options_of("-o worker_logbuf_size=16k").worker_log_bytes_max == 16384);
  CHECK(options_of("-o read_buf_mem_limit=1g").read_buffer_bytes_max == 1u << 30);
}

TEST_CASE("item size accepts kilobytes and megabytes") {
  CHECK(options_of("-I 2097152").item_bytes_max == 2097152);
  CHECK(options_of("-I 512k -o slab_chunk_max=16").item_bytes_max == 512 * 1024);
  CHECK(options_of("-I 1024 -o slab_chunk_max=1").item_bytes_max == 1024);
  CHECK(options_of("-m 256 -I 32M").item_bytes_max == 32u << 20);
  CHECK(options_of("-m 2048 -I 1024m").item_bytes_max == 1u << 30);
  CHECK(options_of("-o no_chunked_items -I 2m").slab_chunk_bytes_max == 0);
}

// memcached reads most numbers with atoi(), which would truncate each of these.
TEST_CASE("a number with trailing characters is refused with the reason and memcached's status") {
  const Refused rows[] = {
      {"-p 22505x", 64, "larder: -p needs a number, not \"22505x\""},
      {"-p 10k", 64, "larder: -p needs a number without a unit, not \"10k\""},
      {"-U 5,6", 64, "larder: -U needs a number, not \"5,6\""},
      {"-m 10gb", 64, "larder: -m needs a size such as 64, 512k, 64m or 2g, not \"10gb\""},
      {"-m x", 64, "larder: -m needs a size such as 64, 512k, 64m or 2g, not \"x\""},
      {"-m 2147483648", 64, "larder: -m takes 0 to 2147483647 megabytes, not 2147483648"},
      {"-m 9999999999999g", 64, "larder: -m is too large: \"9999999999999g\""},
      {"-I 1x", 64, "larder: -I needs a size such as 64, 512k, 64m or 2g, not \"1x\""},
      {"-c 10k", 1, "larder: -c needs a number without a unit, not \"10k\""},
      {"-t 4x", 1, "larder: -t needs a number, not \"4x\""},
      {"-R 20.5", 1, "larder: -R needs a number, not \"20.5\""},
      {"-b 1k", 1, "larder: -b needs a number without a unit, not \"1k\""},
      {"-f 1.25x", 1, "larder: -f needs a number, not \"1.25x\""},
      {"-n 48b", 1, "larder: -n needs a size such as 64, 512k, 64m or 2g, not \"48b\""},
      {"-o hashpower=16x", 1, "larder: -o hashpower needs a number, not \"16x\""},
      {"-o idle_timeout=10s", 1, "larder: -o idle_timeout needs a number, not \"10s\""},
      {"-o tail_repair_time=20m", 1,
       "larder: -o tail_repair_time needs a number without a unit, not \"20m\""},
      {"-o slab_automove=1x", 1, "larder: -o slab_automove needs a number, not \"1x\""},
      {"-o slab_automove_window=20x", 1,
       "larder: -o slab_automove_window needs a number, not \"20x\""},
      {"-o slab_automove_ratio=0.5x", 1,
       "larder: -o slab_automove_ratio needs a number, not \"0.5x\""},
      {"-o hot_lru_pct=20%", 1, "larder: -o hot_lru_pct needs a number, not \"20%\""},
      {"-o ssl_wbuf_size=16kb", 1, "could not parse argument to ssl_wbuf_size"},
      {"-o ssl_keyformat=1x", 1, "could not parse argument to ssl_keyformat"},
      {"--slow-ms 10ms", 1, "larder: --slow-ms needs a number, not \"10ms\""},
      {"--drain-seconds 5s", 1, "larder: --drain-seconds needs a number, not \"5s\""},
      {"--http 8080x", 1, "larder: --http needs [<host>:]<port>, not \"8080x\""},
      {"-l 127.0.0.1:2250x", 71, "Invalid port number: \"2250x\""},
  };
  for (const Refused& row : rows) CHECK(difference(row) == "");
}

TEST_CASE("a number without digits is refused instead of read as zero") {
  for (const char* text :
       {"-p abc", "-m x", "-c many", "-R -", "-n +-3", "-b b", "-I k", "-a 9", "-t 99999999999999",
        "-f nan", "-f inf", "-o hashpower=", "-o hot_max_factor=x", "-o lru_crawler_tocrawl=7x",
        "-o temporary_ttl=soon", "-o slab_sizes=-", "-m 2147483648", "-b 2147483648"}) {
    CAPTURE(text);
    CHECK_NOTHROW(refused(text));
  }
}

}  // namespace
}  // namespace larder::server
