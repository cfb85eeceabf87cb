#include <catch2/catch.hpp>
#include <set>

#include "protocol/binary_frame.h"
#include "protocol/limits.h"
#include "protocol/login_commands.h"
#include "protocol/parse.h"
#include "protocol/request.h"
#include "tests/support/binary_frames.h"
#include "tests/support/guarded_bytes.h"

using namespace larder::protocol;
using larder::support::big_endian;
using larder::support::BinaryRequest;
using larder::support::frame_of;

namespace {

struct BinaryCase {
  explicit BinaryCase(std::string_view bytes, Access access = Access::Open) : input(bytes) {
    parsed = parse_binary(input.bytes(), access, &request, &login);
  }
  explicit BinaryCase(const BinaryRequest& frame, Access access = Access::Open)
      : BinaryCase(frame_of(frame), access) {}

  bool is_refused_and_closed(Complaint complaint) const {
    return parsed.verdict == Verdict::Fatal && parsed.complaint == complaint;
  }
  bool is_complete() const { return parsed.verdict == Verdict::Complete; }
  bool is_login() const { return parsed.verdict == Verdict::Login; }

  larder::support::GuardedBytes input;
  Request request;
  Login login;
  Parsed parsed;
};

using Opcodes = std::initializer_list<uint8_t>;

// One valid frame of every opcode, without a value.
const std::vector<BinaryRequest> kGoodFrames = [] {
  std::vector<BinaryRequest> frames;
  for (const uint8_t opcode : Opcodes{0x00, 0x09, 0x0c, 0x0d, 0x04, 0x14}) {
    frames.push_back({.opcode = opcode, .key = "key"});
  }
  for (const uint8_t opcode : Opcodes{0x01, 0x02, 0x03, 0x11, 0x12, 0x13}) {
    frames.push_back({.opcode = opcode, .extras = std::string(8, '\1'), .key = "key"});
  }
  for (const uint8_t opcode : Opcodes{0x05, 0x06, 0x15, 0x16}) {
    frames.push_back({.opcode = opcode, .extras = std::string(20, '\1'), .key = "key"});
  }
  for (const uint8_t opcode : Opcodes{0x0e, 0x0f, 0x19, 0x1a}) {
    frames.push_back({.opcode = opcode, .key = "key"});
  }
  for (const uint8_t opcode : Opcodes{0x1c, 0x1d, 0x1e, 0x23, 0x24}) {
    frames.push_back({.opcode = opcode, .extras = std::string(4, '\1'), .key = "key"});
  }
  for (const uint8_t opcode : Opcodes{0x08, 0x18, 0x1b}) {
    frames.push_back({.opcode = opcode, .extras = std::string(4, '\1')});
  }
  for (const uint8_t opcode : Opcodes{0x07, 0x17, 0x08, 0x18, 0x0a, 0x0b, 0x10}) {
    frames.push_back({.opcode = opcode});
  }
  frames.push_back({.opcode = 0x10, .key = "items"});
  for (const uint8_t opcode : Opcodes{0x60, 0x61, 0x62, 0x63, 0x66, 0x67}) {
    frames.push_back({.opcode = opcode, .key = "cluster"});
  }
  for (const uint8_t opcode : Opcodes{0x64, 0x65}) {
    frames.push_back({.opcode = opcode, .extras = std::string(4, '\1'), .key = "cluster"});
  }
  frames.push_back({.opcode = 0x68});
  return frames;
}();

const std::vector<BinaryRequest> kLoginFrames = {
    {.opcode = 0x20},
    {.opcode = 0x21, .key = "PLAIN", .value = std::string("\0u\0p", 4)},
    {.opcode = 0x22, .key = "PLAIN", .value = "more"},
};

bool is_known(int opcode) {
  return (opcode <= 0x24 && opcode != 0x1f) || (opcode >= 0x60 && opcode <= 0x68);
}

}  // namespace

TEST_CASE("every proper prefix of a frame asks for more, and bytes after a frame are not read") {
  std::vector<BinaryRequest> frames = kGoodFrames;
  frames.insert(frames.end(), kLoginFrames.begin(), kLoginFrames.end());
  for (const BinaryRequest& request : frames) {
    const std::string frame = frame_of(request);
    for (size_t size = 0; size < frame.size(); ++size) {
      CAPTURE(int{request.opcode}, size);
      const BinaryCase prefix(frame.substr(0, size), Access::LoggedIn);
      REQUIRE(prefix.parsed.verdict == Verdict::NeedMore);
    }
    CAPTURE(int{request.opcode});
    const BinaryCase whole(frame + "rest", Access::LoggedIn);
    REQUIRE((whole.is_complete() || whole.is_login()));
    REQUIRE(whole.parsed.consumed == frame.size());
    REQUIRE(whole.request.style.dialect == Dialect::Binary);
    REQUIRE(whole.request.style.opcode == request.opcode);
  }
}

TEST_CASE("a header is parsed without waiting for the value") {
  std::string frame = frame_of({.opcode = 0x01,
                                .extras = big_endian(7, 4) + big_endian(9, 4),
                                .key = "k",
                                .value = "12345"});
  frame.resize(frame.size() - 5);
  const BinaryCase parsed(frame);
  REQUIRE(parsed.is_complete());
  const auto& write = std::get<Write>(parsed.request.command);
  CHECK(write.key == "k");
  CHECK(write.flags == 7);
  CHECK(write.exptime == 9);
  CHECK(write.value_size == 5);
  CHECK(write.mode == WriteMode::Set);
}

TEST_CASE("the CAS id in the header of a write is passed on") {
  for (const uint8_t opcode : Opcodes{0x01, 0x02, 0x03}) {
    const BinaryCase parsed(
        BinaryRequest{.opcode = opcode, .extras = std::string(8, '\0'), .key = "k", .cas = 77});
    const auto& write = std::get<Write>(parsed.request.command);
    CHECK(write.mode != WriteMode::Cas);
    CHECK(write.cas == 77);
  }
  const BinaryCase append(BinaryRequest{.opcode = 0x0e, .key = "k", .cas = 77});
  CHECK(std::get<Write>(append.request.command).mode == WriteMode::Append);
  CHECK(std::get<Write>(append.request.command).cas == 77);
}

TEST_CASE("exptimes are unsigned, and the largest value means that a counter is not created") {
  const auto counter = [](uint32_t exptime) {
    const BinaryCase parsed(
        BinaryRequest{.opcode = 0x06,
                      .extras = big_endian(3, 8) + big_endian(4, 8) + big_endian(exptime, 4),
                      .key = "k"});
    return std::get<BinaryArithmetic>(parsed.request.command);
  };
  CHECK(counter(5).delta == 3);
  CHECK(counter(5).initial == 4);
  CHECK(counter(5).exptime == 5);
  CHECK(counter(5).decrements);
  CHECK(counter(0xfffffffe).creates);
  CHECK_FALSE(counter(0xffffffff).creates);
  const BinaryCase set(BinaryRequest{.opcode = 0x01, .extras = std::string(8, '\xff'), .key = "k"});
  CHECK(std::get<Write>(set.request.command).exptime == 0xffffffff);
}

TEST_CASE("a quiet opcode is parsed as its loud one with a silent style") {
  const std::pair<uint8_t, uint8_t> twins[] = {
      {0x09, 0x00}, {0x0d, 0x0c}, {0x11, 0x01}, {0x12, 0x02}, {0x13, 0x03}, {0x14, 0x04},
      {0x15, 0x05}, {0x16, 0x06}, {0x17, 0x07}, {0x18, 0x08}, {0x19, 0x0e}, {0x1a, 0x0f},
      {0x1e, 0x1d}, {0x24, 0x23}, {0x61, 0x60}, {0x63, 0x62}, {0x65, 0x64}, {0x67, 0x66}};
  std::set<uint8_t> quiet;
  for (const auto& [opcode, loud] : twins) quiet.insert(opcode);
  for (const BinaryRequest& frame : kGoodFrames) {
    CAPTURE(int{frame.opcode});
    CHECK(BinaryCase(frame).request.style.quiet == (quiet.count(frame.opcode) == 1));
  }
  for (const auto& [opcode, loud] : twins) {
    for (BinaryRequest frame : kGoodFrames) {
      if (frame.opcode != opcode) continue;
      const size_t index = BinaryCase(frame).request.command.index();
      frame.opcode = loud;
      CHECK(BinaryCase(frame).request.command.index() == index);
    }
  }
}

TEST_CASE("inconsistent sizes are refused before the body is read") {
  const std::string header = frame_of({.opcode = 0x00, .key = "key"}).substr(0, 24);
  const auto with = [&](size_t offset, const std::string& bytes) {
    std::string changed = header;
    return changed.replace(offset, bytes.size(), bytes);
  };
  CHECK(BinaryCase(with(0, "\x81")).is_refused_and_closed(Complaint::None));
  CHECK(BinaryCase(with(0, "g")).is_refused_and_closed(Complaint::None));
  CHECK(BinaryCase(with(8, big_endian(2, 4))).is_refused_and_closed(Complaint::UnknownCommand));
  CHECK(BinaryCase(with(4, "\1")).is_refused_and_closed(Complaint::UnknownCommand));
  CHECK(BinaryCase(with(2, "\xff\xff")).is_refused_and_closed(Complaint::UnknownCommand));
  CHECK(BinaryCase(with(8, big_endian(0x40000001, 4)))
            .is_refused_and_closed(Complaint::InvalidArguments));
  CHECK(BinaryCase(with(8, "\xff\xff\xff\xff")).is_refused_and_closed(Complaint::InvalidArguments));
  CHECK(BinaryCase(with(2, big_endian(251, 2) + std::string(4, '\0') + big_endian(251, 4)))
            .is_refused_and_closed(Complaint::InvalidArguments));
  CHECK(BinaryCase(with(2, big_endian(250, 2) + std::string(4, '\0') + big_endian(250, 4)))
            .parsed.verdict == Verdict::NeedMore);
}

TEST_CASE("extras, key and value are present exactly if the opcode requires them") {
  for (const BinaryRequest& good : kGoodFrames) {
    CAPTURE(int{good.opcode}, good.extras.size(), good.key);
    const auto is_refused = [&](auto change) {
      BinaryRequest frame = good;
      change(frame);
      return BinaryCase(frame).is_refused_and_closed(Complaint::InvalidArguments);
    };
    CHECK(is_refused([](BinaryRequest& frame) { frame.extras += 'x'; }));
    const bool may_lack_extras = good.opcode == 0x08 || good.opcode == 0x18;
    if (!good.extras.empty() && !may_lack_extras) {
      CHECK(is_refused([](BinaryRequest& frame) { frame.extras.clear(); }));
    }
    if (good.opcode != 0x10) {
      CHECK(is_refused([](BinaryRequest& frame) { frame.key = frame.key.empty() ? "k" : ""; }));
    }
    const bool has_value = announced_size(BinaryCase(good).request.command).has_value();
    CHECK(is_refused([](BinaryRequest& frame) { frame.value = "v"; }) == !has_value);
  }
}

TEST_CASE("the body of an unknown opcode is skipped, and nothing after it") {
  for (int opcode = 0; opcode < 256; ++opcode) {
    if (is_known(opcode) && (opcode < 0x20 || opcode > 0x22)) continue;
    CAPTURE(opcode);
    const BinaryCase parsed(BinaryRequest{
        .opcode = static_cast<uint8_t>(opcode), .extras = "1234", .key = "key", .value = "value"});
    CHECK(parsed.parsed.verdict == Verdict::Malformed);
    CHECK(parsed.parsed.complaint == Complaint::UnknownCommand);
    CHECK(parsed.parsed.consumed == kBinaryHeaderSize);
    CHECK(parsed.parsed.value_bytes_to_skip == 12);
  }
}

TEST_CASE("unauthenticated clients may only list mechanisms, log in and request the version") {
  const std::set<int> allowed = {0x0b, 0x20, 0x21, 0x22};
  for (int opcode = 0; opcode < 256; ++opcode) {
    CAPTURE(opcode);
    for (const BinaryRequest& body : {BinaryRequest{}, BinaryRequest{.key = "k"},
                                      BinaryRequest{.extras = "12345678", .key = "k"}}) {
      BinaryRequest frame = body;
      frame.opcode = static_cast<uint8_t>(opcode);
      const bool is_let_in =
          !BinaryCase(frame, Access::Stranger).is_refused_and_closed(Complaint::Unauthenticated);
      CHECK(is_let_in == (allowed.count(opcode) == 1));
    }
  }
}

TEST_CASE("the size of an unauthenticated client's requests is limited") {
  BinaryRequest login{.opcode = 0x21, .key = "PLAIN", .value = std::string(kSaslBodySizeMax, 'x')};
  CHECK(BinaryCase(login, Access::Stranger).is_refused_and_closed(Complaint::InvalidArguments));
  login.value.resize(kSaslBodySizeMax - login.key.size());
  const BinaryCase parsed(login, Access::Stranger);
  REQUIRE(parsed.is_login());
  const auto& sasl = std::get<SaslRequest>(parsed.login.credentials);
  CHECK(sasl.kind == SaslRequest::Kind::Start);
  CHECK(sasl.data == login.value);
  CHECK(sasl.mechanism == "PLAIN");
  login = {.opcode = 0x21, .key = std::string(kSaslMechanismSizeMax + 1, 'M'), .value = "x"};
  const BinaryCase too_long(login, Access::Stranger);
  CHECK(too_long.parsed.verdict == Verdict::Malformed);
  CHECK(too_long.parsed.complaint == Complaint::InvalidArguments);
}

TEST_CASE("statistics are requested by name, and an unknown name is not found") {
  const auto topic = [](const std::string& key) {
    return std::get<Stats>(BinaryCase(BinaryRequest{.opcode = 0x10, .key = key}).request.command)
        .topic;
  };
  CHECK(topic("") == StatsTopic::General);
  CHECK(topic("reset") == StatsTopic::Reset);
  CHECK(topic("detail dump") == StatsTopic::DetailDump);
  const BinaryCase unknown(BinaryRequest{.opcode = 0x10, .key = "nothing"});
  CHECK(unknown.parsed.verdict == Verdict::Malformed);
  CHECK(unknown.parsed.complaint == Complaint::NoSuchStatistics);
}

TEST_CASE("configurations have names, and a set has flags and a value") {
  for (const uint8_t opcode : Opcodes{0x60, 0x61, 0x62, 0x63}) {
    CAPTURE(int{opcode});
    const BinaryCase got(BinaryRequest{.opcode = opcode, .key = "cluster"});
    CHECK(std::get<ConfigGet>(got.request.command).name == "cluster");
    CHECK(std::get<ConfigGet>(got.request.command).shows_name == (opcode >= 0x62));
  }
  const BinaryCase set(BinaryRequest{
      .opcode = 0x64, .extras = big_endian(0xa1b2c3d4, 4), .key = "k", .value = "12345"});
  const auto& config = std::get<ConfigSet>(set.request.command);
  CHECK(config.name == "k");
  CHECK(config.flags == 0xa1b2c3d4);
  CHECK(config.value_size == 5);
  CHECK(set.parsed.consumed == kBinaryHeaderSize + 4 + 1);
  const BinaryCase removed(BinaryRequest{.opcode = 0x66, .key = "k"});
  CHECK(std::get<ConfigDelete>(removed.request.command).name == "k");
  const BinaryCase list(BinaryRequest{.opcode = 0x68});
  CHECK(std::get<ConfigGet>(list.request.command).name.empty());
}
