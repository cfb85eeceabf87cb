#include <catch2/catch.hpp>

#include "protocol/encode.h"
#include "tests/support/binary_frames.h"

using namespace larder::protocol;
using larder::support::big_endian;
using larder::support::BinaryResponse;
using larder::support::responses_in;

namespace {

const ReplyStyle kStyle{.dialect = Dialect::Binary, .opcode = 0x0c, .binary_opaque = 0x04030201};

template <class Encode>
BinaryResponse encoded(Encode encode) {
  ReplyBuffer out(0);
  encode(out);
  const auto responses = responses_in(out.owned());
  REQUIRE(responses.size() == 1);
  CHECK(responses[0].opcode == 0x0c);
  CHECK(responses[0].opaque == 0x01020304);  // as it lay in memory
  return responses[0];
}

}  // namespace

TEST_CASE("a hit has flags, the key if requested, and the value") {
  const BinaryResponse hit = encoded([](ReplyBuffer& out) {
    encode_binary_hit({"key", 0xa1b2c3d4, 5, 0x1122334455667788}, "value", kStyle, out);
  });
  CHECK(hit.status == 0);
  CHECK(hit.extras == big_endian(0xa1b2c3d4, 4));
  CHECK(hit.key == "key");
  CHECK(hit.value == "value");
  CHECK(hit.cas == 0x1122334455667788);
  const BinaryResponse bare = encoded([](ReplyBuffer& out) {
    encode_binary_hit_head({"", 1, 0, 2}, kStyle, out);
  });
  CHECK(bare.key.empty());
  CHECK(bare.value.empty());
}

TEST_CASE("the length in the header includes a large value") {
  ReplyBuffer out(0);
  encode_binary_hit_head({"k", 0, 70000, 1}, kStyle, out);
  CHECK(out.owned().size() == 24 + 4 + 1);
  CHECK(larder::support::number_at(out.owned(), 8, 4) == 4 + 1 + 70000);
}

TEST_CASE("a miss has a text or the key") {
  const auto miss = [](std::string_view key) {
    return encoded([&](ReplyBuffer& out) { encode_binary_miss(key, kStyle, out); });
  };
  CHECK(miss("").status == 1);
  CHECK(miss("").value == "Not found");
  CHECK(miss("key").status == 1);
  CHECK(miss("key").key == "key");
  CHECK(miss("key").value.empty());
}

TEST_CASE("errors have their status and text") {
  const std::tuple<BinaryStatus, uint16_t, std::string> rows[] = {
      {BinaryStatus::Ok, 0x00, ""},
      {BinaryStatus::NotFound, 0x01, "Not found"},
      {BinaryStatus::Exists, 0x02, "Data exists for key."},
      {BinaryStatus::TooLarge, 0x03, "Too large."},
      {BinaryStatus::InvalidArguments, 0x04, "Invalid arguments"},
      {BinaryStatus::NotStored, 0x05, "Not stored."},
      {BinaryStatus::NotANumber, 0x06, "Non-numeric server-side value for incr or decr"},
      {BinaryStatus::AuthenticationFailed, 0x20, "Auth failure."},
      {BinaryStatus::UnknownCommand, 0x81, "Unknown command"},
      {BinaryStatus::OutOfMemory, 0x82, "Out of memory"},
  };
  for (const auto& [status, number, text] : rows) {
    const BinaryStatus given = status;
    const BinaryResponse response =
        encoded([&](ReplyBuffer& out) { encode_binary_status(given, 9, kStyle, out); });
    CHECK(response.status == number);
    CHECK(response.value == text);
    CHECK(response.cas == 9);
  }
}

TEST_CASE("complaints are mapped to statuses") {
  const auto complaint = [](Complaint which) {
    return encoded([&](ReplyBuffer& out) { encode_binary_complaint(which, kStyle, out); });
  };
  CHECK(complaint(Complaint::ValueTooLarge).status == 0x03);
  CHECK(complaint(Complaint::OutOfMemoryStoring).value == "Out of memory allocating item");
  CHECK(complaint(Complaint::OutOfMemory).value == "Out of memory incrementing value");
  CHECK(complaint(Complaint::FlushNotAllowed).status == 0x20);
  CHECK(complaint(Complaint::Unauthenticated).value == "Auth failure.");
  CHECK(complaint(Complaint::StatsDetailDenied).status == 0x01);
}

TEST_CASE("a number has eight bytes, and a statistic a name and a value") {
  const BinaryResponse number =
      encoded([](ReplyBuffer& out) { encode_binary_number(0x0102030405060708, 3, kStyle, out); });
  CHECK(number.value == big_endian(0x0102030405060708, 8));
  const BinaryResponse stat =
      encoded([](ReplyBuffer& out) { encode_binary_stat("pid", "12", kStyle, out); });
  CHECK(stat.key == "pid");
  CHECK(stat.value == "12");
  const BinaryResponse end =
      encoded([](ReplyBuffer& out) { encode_binary_stat({}, {}, kStyle, out); });
  CHECK(end.key.empty());
  CHECK(end.value.empty());
}
