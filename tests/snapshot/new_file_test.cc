// A file that is whole or not there.

#include "snapshot/new_file.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/snapshot_file.h"
#include "tests/support/temporary_folder.h"

namespace larder::snapshot {
namespace {

TEST_CASE("a new file replaces the old one when it is committed, and not before") {
  const support::TemporaryFolder folder;
  const std::string path = folder.path("file");
  support::set_bytes(path, "old");
  auto file = NewFile::create(path);
  REQUIRE(file);
  REQUIRE(file->append("ne"));
  REQUIRE(file->append("w"));
  CHECK(support::bytes_of(path) == "old");
  REQUIRE(file->commit());
  CHECK(file->size() == 3);
  CHECK(support::bytes_of(path) == "new");
  CHECK_FALSE(std::filesystem::exists(path + ".tmp"));
  struct stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
}

TEST_CASE("a new file that is not committed leaves nothing behind") {
  const support::TemporaryFolder folder;
  const std::string path = folder.path("file");
  support::set_bytes(path, "old");
  {
    auto file = NewFile::create(path);
    REQUIRE(file->append("new"));
  }
  CHECK(support::bytes_of(path) == "old");
  CHECK_FALSE(std::filesystem::exists(path + ".tmp"));
}

TEST_CASE("what a crash left under the temporary name is replaced") {
  const support::TemporaryFolder folder;
  const std::string path = folder.path("file");
  support::set_bytes(path + ".tmp", "left by a crash");
  auto file = NewFile::create(path);
  REQUIRE(file->append("new"));
  REQUIRE(file->commit());
  CHECK(support::bytes_of(path) == "new");
}

TEST_CASE("a folder that is not there is an error that names the file") {
  const auto file = NewFile::create("/nonexistent/file");
  CHECK(file.error().text == "cannot create /nonexistent/file.tmp: No such file or directory");
}

// Files of this process may have `bytes` at most, as if the disk were full then.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

TEST_CASE("a full disk is an error, and leaves the old file") {
  const support::TemporaryFolder folder;
  const std::string path = folder.path("file");
  support::set_bytes(path, "old");
  {
    const FileSizeLimit limit(1000);
    auto file = NewFile::create(path);
    REQUIRE(file->append(std::string(900, 'x')));
    CHECK(file->append(std::string(900, 'x')).error().text ==
          "cannot write " + path + ".tmp: File too large");
  }
  CHECK(support::bytes_of(path) == "old");
  CHECK_FALSE(std::filesystem::exists(path + ".tmp"));
}

}  // namespace
}  // namespace larder::snapshot
