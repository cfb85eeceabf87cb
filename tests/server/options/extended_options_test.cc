// Options that are not built, and switches of -o.
#include <catch2/catch.hpp>
#include <string>

#include "tests/server/options/command_lines.h"

namespace larder::server {
namespace {

TEST_CASE("a feature that is not built in is refused with one line that names it") {
  const Refused rows[] = {
      {"-e /file", 1, "larder: -e (warm restart) is not built into this version"},
      {"-N 1", 1, "larder: -N (NAPI ids) is not built into this version"},
      {"-o drop_privileges", 1,
       "larder: -o drop_privileges (a system call filter) is not built into this version"},
      {"-o idle_timeout=-1", 1, "larder: idle_timeout takes 0 to 2147483647 seconds, not -1"},
      {"-o sock_cookie_id=3", 1,
       "larder: -o sock_cookie_id (socket cookies) is not built into this version"},
      {"-l proto[proxy]:127.0.0.1", 1,
       "larder: -l proto[proxy] (the proxy) is not built into this version"},
  };
  for (const Refused& row : rows) CHECK(difference(row) == "");
  for (const std::string key :
       {"proxy_config", "proxy_arg", "proxy_uring", "proxy_memprofile", "ext_path", "ext_page_size",
        "ext_wbuf_size", "ext_threads", "ext_io_depth", "ext_item_size", "ext_item_age",
        "ext_low_ttl", "ext_recache_rate", "ext_compact_under", "ext_drop_under", "ext_max_sleep",
        "ext_max_frag", "ext_drop_unread"}) {
    const UsageError error = refused("-o modern," + key + "=1");
    CHECK(error.line.find("larder: -o " + key + " (") == 0);
    CHECK(error.line.find("is not built into this version") != std::string::npos);
    CHECK(error.exit_status == 1);
  }
}

TEST_CASE("a switch cannot be turned off by a value, and a value such as =no is refused") {
  for (const std::string value : {"0", "no", "off", "false"}) {
    const UsageError error = refused("-o modern,hot_keys=" + value);
    CHECK(error.exit_status == 1);
    CHECK(error.line ==
          "larder: -o hot_keys is a switch, and \"=" + value + "\" does not turn it off");
    CHECK_NOTHROW(refused("-o no_lru_crawler=" + value));
  }
  CHECK(options_of("-o hot_keys=1,track_sizes=yes").counts_hot_keys);
}

}  // namespace
}  // namespace larder::server
