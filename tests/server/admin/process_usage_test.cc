#include "server/admin/process_usage.h"

#include <fcntl.h>

#include <catch2/catch.hpp>

#include "base/unique_fd.h"

namespace larder::server {
namespace {

TEST_CASE("a process reports its resource usage") {
  const ProcessUsage usage = usage_of_this_process();
  CHECK(usage.cpu_seconds > 0);
  CHECK(usage.resident_bytes > 1 << 20);
  CHECK(usage.virtual_bytes >= usage.resident_bytes);
  CHECK(usage.descriptor_limit >= usage.open_descriptors);
}

TEST_CASE("an additional descriptor is counted") {
  const uint64_t before = usage_of_this_process().open_descriptors;
  CHECK(before >= 1);
  const base::UniqueFd fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  REQUIRE(fd);
  CHECK(usage_of_this_process().open_descriptors == before + 1);
}

}  // namespace
}  // namespace larder::server
