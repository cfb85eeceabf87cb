// The binary protocol over a socket, served by a worker.
#include <catch2/catch.hpp>

#include "tests/server/worker/turn_fixture.h"
#include "tests/support/binary_frames.h"

using namespace larder::server;
using larder::support::big_endian;
using larder::support::BinaryRequest;
using larder::support::BinaryResponse;
using larder::support::frame_of;
using larder::support::responses_in;

namespace {

struct BinaryFixture : TurnFixture {
  explicit BinaryFixture(const std::string& command_line = "") : TurnFixture(command_line) {}

  std::vector<BinaryResponse> ask_all(const BinaryRequest& request) {
    return responses_in(ask(client, frame_of(request)));
  }
  BinaryResponse ask_one(const BinaryRequest& request) {
    const auto responses = ask_all(request);
    REQUIRE(responses.size() == 1);
    REQUIRE(responses[0].opcode == request.opcode);
    REQUIRE(responses[0].opaque == request.opaque);
    return responses[0];
  }
  BinaryResponse store_value(const std::string& key, const std::string& value, uint8_t opcode = 1,
                             uint64_t cas = 0) {
    return ask_one({.opcode = opcode,
                    .extras = big_endian(5, 4) + big_endian(0, 4),
                    .key = key,
                    .value = value,
                    .cas = cas});
  }
  BinaryResponse get(const std::string& key) { return ask_one({.opcode = 0, .key = key}); }
  std::string value_of(const std::string& key) { return get(key).value; }

  Client& client = connect();
};

std::string counter_extras(uint64_t delta, uint64_t initial, uint32_t exptime) {
  return big_endian(delta, 8) + big_endian(initial, 8) + big_endian(exptime, 4);
}

}  // namespace

TEST_CASE("values written by binary requests are read by binary and text requests") {
  BinaryFixture fixture;
  const BinaryResponse stored = fixture.store_value("k", "value");
  CHECK(stored.status == 0);
  CHECK(stored.cas != 0);
  const BinaryResponse got = fixture.get("k");
  CHECK(got.value == "value");
  CHECK(got.extras == big_endian(5, 4));
  CHECK(got.cas == stored.cas);
  TurnFixture::Client& text = fixture.connect();
  CHECK(fixture.ask(text, "get k\r\n") == "VALUE k 5 5\r\nvalue\r\nEND\r\n");
}

TEST_CASE("a stream of frames is parsed the same wherever it is split") {
  const std::string stream =
      frame_of({.opcode = 0x11, .extras = std::string(8, '\0'), .key = "a", .value = "1"}) +
      frame_of({.opcode = 0x0d, .key = "a"}) + frame_of({.opcode = 0x09, .key = "missing"}) +
      frame_of({.opcode = 0x77, .key = "x", .value = "skipped"}) +
      frame_of({.opcode = 0x19, .key = "a", .value = "2"}) + frame_of({.opcode = 0x0a});
  BinaryFixture whole;
  const std::string expected = whole.ask(whole.client, stream);
  REQUIRE(responses_in(expected).size() == 3);
  CHECK(responses_in(expected)[1].status == 0x81);
  for (size_t cut = 1; cut < stream.size(); ++cut) {
    CAPTURE(cut);
    BinaryFixture fixture;
    std::string answer = fixture.ask(fixture.client, std::string_view(stream).substr(0, cut));
    answer += fixture.ask(fixture.client, std::string_view(stream).substr(cut));
    REQUIRE(answer == expected);
  }
}

TEST_CASE("a large value ends with its last byte, without a line end") {
  BinaryFixture fixture("-m 64 -I 4m");
  for (const size_t size : {2048, 2049, 16360, 100000, 3000000}) {
    CAPTURE(size);
    const std::string value(size, 'v');
    CHECK(fixture.store_value("large", value).status == 0);
    CHECK(fixture.value_of("large") == value);
  }
  // A value is also stored if the client closes the connection immediately after it.
  const std::string set = frame_of({.opcode = 0x11,
                                    .extras = std::string(8, '\0'),
                                    .key = "last",
                                    .value = std::string(50000, 'w')});
  TurnFixture::Client& quick = fixture.connect();
  fixture.ask(quick, set);
  CHECK(fixture.value_of("last").size() == 50000);
}

TEST_CASE("a failed write reports its reason") {
  BinaryFixture fixture;
  CHECK(fixture.store_value("k", "1", 0x03).status == 0x01);      // replace: nothing there
  CHECK(fixture.store_value("k", "1", 0x01, 99).status == 0x01);  // cas: nothing there
  const uint64_t cas = fixture.store_value("k", "1", 0x02).cas;
  CHECK(fixture.store_value("k", "2", 0x02).status == 0x02);
  CHECK(fixture.store_value("k", "2", 0x01, cas + 1).status == 0x02);
  CHECK(fixture.store_value("k", "2", 0x01, cas).status == 0);
  CHECK(fixture.ask_one({.opcode = 0x0e, .key = "none", .value = "x"}).status == 0x05);
  CHECK(fixture.ask_one({.opcode = 0x0e, .key = "k", .value = "x"}).status == 0);
  CHECK(fixture.ask_one({.opcode = 0x0f, .key = "k", .value = "y"}).status == 0);
  CHECK(fixture.value_of("k") == "y2x");
}

TEST_CASE("without CAS a write ignores the id and a counter compares it") {
  BinaryFixture fixture("-C");
  CHECK(fixture.store_value("k", "1", 0x01, 99).status == 0);
  CHECK(fixture.store_value("k", "2", 0x02, 99).status == 0x02);
  CHECK(fixture.store_value("k", "3", 0x03, 99).status == 0);
  CHECK(fixture.ask_one({.opcode = 0x0e, .key = "k", .value = "4", .cas = 99}).status == 0);
  CHECK(fixture.value_of("k") == "34");
  CHECK(fixture.ask_one({.opcode = 5, .extras = counter_extras(1, 0, 0), .key = "k", .cas = 9})
            .status == 0x02);
}

TEST_CASE("a value over the limit is skipped and refused, and removes the old one") {
  BinaryFixture fixture("-I 1k -o slab_chunk_max=1");
  fixture.store_value("k", "old");
  CHECK(fixture.store_value("k", std::string(5000, 'x')).status == 0x03);
  CHECK(fixture.get("k").status == 0x01);
  fixture.store_value("k", "old");
  CHECK(fixture.store_value("k", std::string(5000, 'x'), 0x02).status == 0x03);
  CHECK(fixture.value_of("k") == "old");
}

TEST_CASE("a large value for which memory runs out is refused, and the stream goes on") {
  BinaryFixture fixture("-m 8 -M");
  bool is_refused = false;
  for (int i = 0; i < 200 && !is_refused; ++i) {
    const uint16_t status =
        fixture.store_value("k" + std::to_string(i), std::string(200'000, 'v')).status;
    is_refused = status != 0;
    if (is_refused) CHECK(status == 0x82);
  }
  CHECK(is_refused);
  CHECK(fixture.ask_one({.opcode = 0x0b}).value == "1.6.45");
}

TEST_CASE("quiet requests suppress only the expected replies") {
  BinaryFixture fixture;
  const std::string set_extras(8, '\0');
  CHECK(fixture.ask_all({.opcode = 0x11, .extras = set_extras, .key = "k", .value = "5"}).empty());
  CHECK(fixture.ask_all({.opcode = 0x12, .extras = set_extras, .key = "k"}).at(0).status == 0x02);
  CHECK(fixture.ask_all({.opcode = 0x15, .extras = counter_extras(1, 0, 0), .key = "k"}).empty());
  CHECK(fixture.ask_all({.opcode = 0x09, .key = "none"}).empty());
  CHECK(fixture.ask_all({.opcode = 0x09, .key = "k"}).at(0).value == "6");
  CHECK(fixture.ask_all({.opcode = 0x0d, .key = "k"}).at(0).key == "k");
  CHECK(fixture.ask_all({.opcode = 0x1e, .extras = big_endian(0, 4), .key = "none"}).empty());
  CHECK(fixture.ask_all({.opcode = 0x14, .key = "k"}).empty());
  CHECK(fixture.ask_all({.opcode = 0x14, .key = "k"}).at(0).status == 0x01);
  CHECK(fixture.ask_all({.opcode = 0x18}).empty());
}

TEST_CASE("a loud miss is answered, with the key if requested") {
  BinaryFixture fixture;
  CHECK(fixture.get("none").value == "Not found");
  const BinaryResponse miss = fixture.ask_one({.opcode = 0x0c, .key = "none"});
  CHECK(miss.status == 0x01);
  CHECK(miss.key == "none");
  CHECK(miss.value.empty());
}

TEST_CASE("counters are changed and created, and refuse values that are not numbers") {
  BinaryFixture fixture;
  const auto count = [&](uint8_t opcode, const std::string& extras, uint64_t cas = 0) {
    return fixture.ask_one({.opcode = opcode, .extras = extras, .key = "n", .cas = cas});
  };
  CHECK(count(5, counter_extras(1, 10, 0xffffffff)).status == 0x01);
  CHECK(count(5, counter_extras(1, 10, 0)).value == big_endian(10, 8));
  const BinaryResponse second = count(5, counter_extras(1, 10, 0));
  CHECK(second.value == big_endian(11, 8));
  CHECK(second.cas == fixture.get("n").cas);
  CHECK(fixture.value_of("n") == "11");
  CHECK(count(6, counter_extras(100, 0, 0)).value == big_endian(0, 8));
  CHECK(count(5, counter_extras(1, 0, 0), 12345).status == 0x02);
  fixture.store_value("n", "word");
  CHECK(count(5, counter_extras(1, 0, 0)).status == 0x06);
}

TEST_CASE("touch and get-and-touch requests change the exptime, and reply with flags") {
  BinaryFixture fixture;
  fixture.store_value("k", "v");
  const BinaryResponse touched =
      fixture.ask_one({.opcode = 0x1c, .extras = big_endian(10, 4), .key = "k"});
  CHECK(touched.extras == big_endian(5, 4));
  CHECK(touched.value.empty());
  fixture.pass_seconds(9);
  CHECK(fixture.ask_one({.opcode = 0x1d, .extras = big_endian(10, 4), .key = "k"}).value == "v");
  fixture.pass_seconds(9);
  const BinaryResponse with_key =
      fixture.ask_one({.opcode = 0x23, .extras = big_endian(1, 4), .key = "k"});
  CHECK(with_key.key == "k");
  CHECK(with_key.value == "v");
  fixture.pass_seconds(2);
  CHECK(fixture.get("k").status == 0x01);
}

TEST_CASE("delete compares the CAS id it is given") {
  BinaryFixture fixture;
  const uint64_t cas = fixture.store_value("k", "v").cas;
  CHECK(fixture.ask_one({.opcode = 4, .key = "k", .cas = cas + 1}).status == 0x02);
  CHECK(fixture.ask_one({.opcode = 4, .key = "k", .cas = cas}).status == 0);
  CHECK(fixture.ask_one({.opcode = 4, .key = "k"}).status == 0x01);
}

TEST_CASE("flush, version, noop, verbosity and quit are answered") {
  BinaryFixture fixture;
  fixture.store_value("k", "v");
  CHECK(fixture.ask_one({.opcode = 0x08}).status == 0);
  CHECK(fixture.get("k").status == 0x01);
  CHECK(fixture.ask_one({.opcode = 0x0b}).value == "1.6.45");
  CHECK(fixture.ask_one({.opcode = 0x0a}).status == 0);
  CHECK(fixture.ask_one({.opcode = 0x1b, .extras = big_endian(1, 4)}).status == 0);
  CHECK(fixture.ask_one({.opcode = 0x07}).status == 0);
  CHECK(fixture.client.has_ended);
  TurnFixture::Client& quiet = fixture.connect();
  CHECK(fixture.ask(quiet, frame_of({.opcode = 0x17})).empty());
  CHECK(quiet.has_ended);
}

TEST_CASE("flush may be disabled, and then is not counted") {
  BinaryFixture fixture("-F");
  CHECK(fixture.ask_one({.opcode = 0x08}).status == 0x20);
  CHECK(fixture.counters.flush_commands.get() == 0);
}

TEST_CASE("statistics are frames, followed by an empty one") {
  BinaryFixture fixture;
  for (const std::string topic : {"", "settings", "items", "slabs", "sizes", "conns", "larder"}) {
    CAPTURE(topic);
    const auto responses = fixture.ask_all({.opcode = 0x10, .key = topic});
    REQUIRE(!responses.empty());
    CHECK(responses.back().key.empty());
    CHECK(responses.back().value.empty());
    for (size_t i = 0; i + 1 < responses.size(); ++i) CHECK(!responses[i].key.empty());
  }
  CHECK(fixture.ask_all({.opcode = 0x10}).at(0).key == "pid");
  CHECK(fixture.ask_all({.opcode = 0x10, .key = "reset"}).size() == 1);
  CHECK(fixture.ask_all({.opcode = 0x10, .key = "detail on"}).size() == 1);
  fixture.store_value("a:b", "v");
  fixture.get("a:b");
  const auto detail = fixture.ask_all({.opcode = 0x10, .key = "detail dump"});
  REQUIRE(detail.size() == 2);
  CHECK(detail[0].value == "PREFIX a get 1 hit 1 set 1 del 0\r\nEND\r\n");
  CHECK(fixture.ask_one({.opcode = 0x10, .key = "none"}).status == 0x01);
}

TEST_CASE("an invalid frame is answered and closes the connection") {
  BinaryFixture fixture;
  fixture.store_value("k", "v");
  const auto ends_with = [&](const std::string& bytes, uint16_t status) {
    TurnFixture::Client& client = fixture.connect();
    const auto responses = responses_in(fixture.ask(client, bytes));
    return client.has_ended && responses.size() == 2 && responses[1].status == status;
  };
  const std::string good = frame_of({.opcode = 0, .key = "k"});
  CHECK(ends_with(good + frame_of({.opcode = 0, .extras = "x", .key = "k"}) + good, 0x04));
  CHECK(ends_with(good + frame_of({.opcode = 0, .key = "k", .body_size_error = -1}) + good, 0x81));
  TurnFixture::Client& client = fixture.connect();
  CHECK(responses_in(fixture.ask(client, good + "get k\r\n")).size() == 1);
  CHECK(client.has_ended);
}

TEST_CASE("the first byte selects the protocol, unless the listener does") {
  TurnFixture fixture;
  TurnFixture::Client& text = fixture.connect();
  CHECK(fixture.ask(text, "version\r\n") == "VERSION 1.6.45\r\n");
  CHECK(fixture.ask(text, frame_of({.opcode = 0x0b}) + "\r\n") == "ERROR\r\n");
}
