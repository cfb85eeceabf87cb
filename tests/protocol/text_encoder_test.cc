#include <catch2/catch.hpp>
#include <limits>
#include <string>

#include "protocol/complaint.h"
#include "protocol/encode.h"
#include "protocol/limits.h"
#include "tests/support/guarded_bytes.h"

using namespace larder::protocol;

namespace {

// The output of `encode` to a buffer that must grow for it.
template <class Encode>
std::string encoded(Encode encode) {
  ReplyBuffer out(1);
  out.append("<");
  encode(out);
  out.append(">");
  const std::string text(out.owned());
  REQUIRE(text.front() == '<');
  REQUIRE(text.back() == '>');
  return text.substr(1, text.size() - 2);
}

std::string text_for(Status status) {
  return encoded([&](ReplyBuffer& out) { encode_status(status, out); });
}

std::string text_for(Complaint complaint) {
  return encoded([&](ReplyBuffer& out) { encode_complaint(complaint, out); });
}

Hit hit_of(std::string_view key, std::string_view value, uint32_t flags = 0, uint64_t cas = 0) {
  return {
      .key = key, .flags = flags, .value_size = static_cast<uint32_t>(value.size()), .cas = cas};
}

}  // namespace

TEST_CASE("a hit shows the key, flags and size before the value") {
  const std::string value = "hello";
  CHECK(encoded([&](ReplyBuffer& out) {
          encode_hit(hit_of("key", value, 42), false, value, out);
        }) == "VALUE key 42 5\r\nhello\r\n");
}

TEST_CASE("a hit shows the CAS id if requested") {
  const std::string value = "hello";
  CHECK(encoded([&](ReplyBuffer& out) {
          encode_hit(hit_of("key", value, 0, 77), true, value, out);
        }) == "VALUE key 0 5 77\r\nhello\r\n");
}

TEST_CASE("an empty value still has a line end") {
  CHECK(encoded([&](ReplyBuffer& out) { encode_hit(hit_of("k", ""), false, {}, out); }) ==
        "VALUE k 0 0\r\n\r\n");
}

TEST_CASE("a hit with the largest numbers fits") {
  constexpr uint32_t kMax32 = std::numeric_limits<uint32_t>::max();
  constexpr uint64_t kMax64 = std::numeric_limits<uint64_t>::max();
  const std::string key(kKeySizeMax, 'k');
  const Hit hit{.key = key, .flags = kMax32, .value_size = kMax32, .cas = kMax64};
  CHECK(encoded([&](ReplyBuffer& out) { encode_hit_head(hit, true, out); }) ==
        "VALUE " + key + " 4294967295 4294967295 18446744073709551615\r\n");
}

TEST_CASE("keys and values of any size are copied completely and not read beyond their end") {
  for (size_t size = 1; size <= kKeySizeMax; ++size) {
    std::string text;
    for (size_t i = 0; i < size; ++i) text += static_cast<char>('a' + i % 26);
    const larder::support::GuardedBytes key(text);
    const larder::support::GuardedBytes value(text);
    CAPTURE(size);
    REQUIRE(encoded([&](ReplyBuffer& out) {
              encode_hit(hit_of(key.bytes(), value.bytes()), false, value.bytes(), out);
            }) == "VALUE " + text + " 0 " + std::to_string(size) + "\r\n" + text + "\r\n");
  }
}

TEST_CASE("the header of a hit ends where the value begins") {
  CHECK(encoded([&](ReplyBuffer& out) {
          encode_hit_head(hit_of("key", "hello", 3, 9), false, out);
        }) == "VALUE key 3 5\r\n");
  CHECK(encoded([&](ReplyBuffer& out) {
          encode_hit_head(hit_of("key", "hello", 3, 9), true, out);
        }) == "VALUE key 3 5 9\r\n");
}

TEST_CASE("each status has its line") {
  CHECK(text_for(Status::Stored) == "STORED\r\n");
  CHECK(text_for(Status::NotStored) == "NOT_STORED\r\n");
  CHECK(text_for(Status::Exists) == "EXISTS\r\n");
  CHECK(text_for(Status::NotFound) == "NOT_FOUND\r\n");
  CHECK(text_for(Status::Deleted) == "DELETED\r\n");
  CHECK(text_for(Status::Touched) == "TOUCHED\r\n");
  CHECK(text_for(Status::Ok) == "OK\r\n");
  CHECK(text_for(Status::Reset) == "RESET\r\n");
  CHECK(text_for(Status::End) == "END\r\n");
}

TEST_CASE("each complaint has its line") {
  CHECK(text_for(Complaint::UnknownCommand) == "ERROR\r\n");
  CHECK(text_for(Complaint::BadLineFormat) == "CLIENT_ERROR bad command line format\r\n");
  CHECK(text_for(Complaint::BadLine) == "CLIENT_ERROR bad command line\r\n");
  CHECK(text_for(Complaint::BadDataChunk) == "CLIENT_ERROR bad data chunk\r\n");
  CHECK(text_for(Complaint::BadExptime) == "CLIENT_ERROR invalid exptime argument\r\n");
  CHECK(text_for(Complaint::BadDelta) == "CLIENT_ERROR invalid numeric delta argument\r\n");
  CHECK(text_for(Complaint::NotANumber) ==
        "CLIENT_ERROR cannot increment or decrement non-numeric value\r\n");
  CHECK(text_for(Complaint::ValueTooLarge) == "SERVER_ERROR object too large for cache\r\n");
  CHECK(text_for(Complaint::OutOfMemoryStoring) == "SERVER_ERROR out of memory storing object\r\n");
  CHECK(text_for(Complaint::OutOfMemoryReading) == "SERVER_ERROR Out of memory during read\r\n");
  CHECK(text_for(Complaint::OutOfMemory) == "SERVER_ERROR out of memory\r\n");
  CHECK(text_for(Complaint::FlushNotAllowed) == "CLIENT_ERROR flush_all not allowed\r\n");
  CHECK(text_for(Complaint::ShutdownNotEnabled) == "SERVER_ERROR: shutdown not enabled\r\n");
  CHECK(text_for(Complaint::BadShutdownMode) == "CLIENT_ERROR invalid shutdown mode\r\n");
  CHECK(text_for(Complaint::StatsDetailUsage) ==
        "CLIENT_ERROR usage: stats detail on|off|dump\r\n");
  CHECK(text_for(Complaint::StatsDetailDenied) == "CLIENT_ERROR stats detail not allowed\r\n");
  CHECK(text_for(Complaint::CachedumpDenied) == "CLIENT_ERROR stats cachedump not allowed\r\n");
  CHECK(text_for(Complaint::IllegalSlabId) == "CLIENT_ERROR Illegal slab id\r\n");
  CHECK(text_for(Complaint::MemoryLimitTooSmall) ==
        "MEMLIMIT_TOO_SMALL cannot set maxbytes to less than 8m\r\n");
  CHECK(text_for(Complaint::MemoryLimitInBytes) ==
        "MEMLIMIT_ADJUST_FAILED input value is megabytes not bytes\r\n");
  CHECK(text_for(Complaint::MemoryLimitUnreachable) ==
        "MEMLIMIT_ADJUST_FAILED out of bounds or unable to adjust\r\n");
  CHECK(text_for(Complaint::TooManyConnections) == "ERROR Too many open connections\r\n");
  CHECK(text_for(Complaint::LineTooLong) == "CLIENT_ERROR line too long\r\n");
}

TEST_CASE("the reply to a counter command is its digits") {
  CHECK(encoded([](ReplyBuffer& out) { encode_number(0, out); }) == "0\r\n");
  CHECK(encoded([](ReplyBuffer& out) {
          encode_number(std::numeric_limits<uint64_t>::max(), out);
        }) == "18446744073709551615\r\n");
}

TEST_CASE("a configuration is sent with its size and may contain any bytes") {
  CHECK(encoded([](ReplyBuffer& out) { encode_config("cluster", 0, "1\na||1\n", out); }) ==
        "CONFIG cluster 0 7\r\n1\na||1\n\r\n");
  CHECK(encoded([](ReplyBuffer& out) { encode_config("k", 0xffffffff, "", out); }) ==
        "CONFIG k 4294967295 0\r\n\r\n");
}

TEST_CASE("the version and a statistic are each sent on their own line") {
  CHECK(encoded([](ReplyBuffer& out) { encode_version("1.2.3", out); }) == "VERSION 1.2.3\r\n");
  CHECK(encoded([](ReplyBuffer& out) { encode_stat("pid", "17", out); }) == "STAT pid 17\r\n");
}
