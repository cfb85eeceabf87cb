// Key files and commands.

#include "snapshot/key_ring.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "tests/support/temporary_folder.h"

namespace larder::snapshot {
namespace {

const std::string kHex = std::string(62, 'a') + "01";

void write(const std::string& path, const std::string& text, mode_t mode) {
  std::ofstream(path, std::ios::binary) << text;
  REQUIRE(::chmod(path.c_str(), mode) == 0);
}

TEST_CASE("keys are 32 bytes or lines of hexadecimal digits") {
  CHECK(KeyRing::parse(std::string(32, 'k'))->size() == 1);
  CHECK(KeyRing::parse(kHex)->size() == 1);
  CHECK(KeyRing::parse(kHex + "\n")->size() == 1);
  CHECK(KeyRing::parse("# new\n" + kHex + "\r\n\n# old\n" + std::string(64, 'B') + "\n")->size() ==
        2);
  CHECK(KeyRing::parse(kHex + "\n" + kHex + "\n")->size() == 1);
  CHECK(KeyRing::parse("").error().text == "no key in it");
  CHECK(KeyRing::parse("# none\n").error().text == "no key in it");
  CHECK(KeyRing::parse(kHex + "\n" + kHex.substr(1) + "\n").error().text ==
        "line 2: expected a key of 64 hexadecimal digits");
  CHECK_FALSE(KeyRing::parse(std::string(64, 'g')));
}

TEST_CASE("a key has the same id however it is written, and another key another one") {
  std::string raw;
  for (int i = 0; i < 31; ++i) raw += '\xaa';
  raw += '\x01';
  const auto by_hex = KeyRing::parse(kHex);
  const auto by_bytes = KeyRing::parse(raw);
  CHECK(by_hex->first_id() == by_bytes->first_id());
  CHECK(by_hex->find(by_bytes->first_id()) != nullptr);
  CHECK(KeyRing::parse(std::string(64, '0'))->find(by_hex->first_id()) == nullptr);
}

TEST_CASE("a key file that others can read is refused") {
  const support::TemporaryFolder folder;
  const std::string path = folder.path("key");
  write(path, kHex, 0600);
  CHECK(KeyRing::from_file(path));
  write(path, kHex, 0640);
  CHECK(KeyRing::from_file(path));
  for (const mode_t mode : {0644, 0660, 0604, 0602}) {
    write(path, kHex, mode);
    CHECK(KeyRing::from_file(path).error().text.find("its mode may be 0640 at most") !=
          std::string::npos);
  }
  CHECK(KeyRing::from_file(folder.path("none"))
            .error()
            .text.find("cannot open the snapshot key "
                       "file") == 0);
}

TEST_CASE("a key command's output is the key, and its failure is told") {
  const auto ring = KeyRing::from_command("echo " + kHex);
  REQUIRE(ring);
  CHECK(ring->first_id() == KeyRing::parse(kHex)->first_id());
  CHECK(KeyRing::from_command("exit 3").error().text ==
        "the snapshot key command failed with status 3");
  CHECK(KeyRing::from_command("echo nonsense").error().text ==
        "the output of the snapshot key command: line 1: expected a key of 64 hexadecimal digits");
}

}  // namespace
}  // namespace larder::snapshot
