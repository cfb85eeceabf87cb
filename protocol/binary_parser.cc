// Parser of the binary protocol.
#include <array>

#include "protocol/binary_frame.h"
#include "protocol/limits.h"
#include "protocol/login_commands.h"
#include "protocol/parse.h"
#include "protocol/request.h"

namespace larder::protocol {
namespace {

enum class Presence : uint8_t { No, Maybe, Yes };

// The format of an opcode's frames, and their command.
struct Shape {
  bool is_known = false;
  bool is_quiet = false;
  bool is_for_strangers = false;
  bool may_lack_extras = false;
  bool has_value = false;
  uint8_t extras_size = 0;
  Presence key = Presence::No;
  Opcode means = Opcode::Noop;  // the opcode without its Q
};

using Shapes = std::array<Shape, 256>;

consteval Shapes make_shapes() {
  Shapes shapes{};
  const auto at = [&](Opcode opcode) -> Shape& { return shapes[static_cast<size_t>(opcode)]; };
  const auto add = [&](Opcode opcode, Shape shape) -> Shape& {
    shape.is_known = true;
    shape.means = opcode;
    return at(opcode) = shape;
  };
  const auto add_quiet = [&](Opcode quiet, Opcode opcode) {
    at(quiet) = at(opcode);
    at(quiet).is_quiet = true;
  };
  const Shape with_key{.key = Presence::Yes};
  const Shape write{.has_value = true, .extras_size = 8, .key = Presence::Yes};
  const Shape addition{.has_value = true, .key = Presence::Yes};
  const Shape touch{.extras_size = 4, .key = Presence::Yes};
  const Shape counter{.extras_size = 20, .key = Presence::Yes};
  for (const Opcode opcode : {Opcode::Get, Opcode::GetK, Opcode::Delete}) add(opcode, with_key);
  for (const Opcode opcode : {Opcode::Set, Opcode::Add, Opcode::Replace}) add(opcode, write);
  for (const Opcode opcode : {Opcode::Append, Opcode::Prepend}) add(opcode, addition);
  for (const Opcode opcode : {Opcode::Touch, Opcode::Gat, Opcode::GatK}) add(opcode, touch);
  for (const Opcode opcode : {Opcode::Increment, Opcode::Decrement}) add(opcode, counter);
  for (const Opcode opcode : {Opcode::Quit, Opcode::Noop}) add(opcode, {});
  add(Opcode::Flush, {.may_lack_extras = true, .extras_size = 4});
  add(Opcode::Verbosity, {.extras_size = 4});
  add(Opcode::Stat, {.key = Presence::Maybe});
  for (const Opcode opcode : {Opcode::ConfigGet, Opcode::ConfigGetK, Opcode::ConfigDelete}) {
    add(opcode, with_key);
  }
  add(Opcode::ConfigSet, {.has_value = true, .extras_size = 4, .key = Presence::Yes});
  add(Opcode::ConfigList, {});
  add(Opcode::Version, {.is_for_strangers = true});
  add(Opcode::SaslList, {.is_for_strangers = true});
  for (const Opcode opcode : {Opcode::SaslAuth, Opcode::SaslStep}) {
    add(opcode, {.is_for_strangers = true, .has_value = true, .key = Presence::Yes});
  }
  add_quiet(Opcode::GetQ, Opcode::Get);
  add_quiet(Opcode::GetKQ, Opcode::GetK);
  add_quiet(Opcode::SetQ, Opcode::Set);
  add_quiet(Opcode::AddQ, Opcode::Add);
  add_quiet(Opcode::ReplaceQ, Opcode::Replace);
  add_quiet(Opcode::AppendQ, Opcode::Append);
  add_quiet(Opcode::PrependQ, Opcode::Prepend);
  add_quiet(Opcode::DeleteQ, Opcode::Delete);
  add_quiet(Opcode::IncrementQ, Opcode::Increment);
  add_quiet(Opcode::DecrementQ, Opcode::Decrement);
  add_quiet(Opcode::GatQ, Opcode::Gat);
  add_quiet(Opcode::GatKQ, Opcode::GatK);
  add_quiet(Opcode::QuitQ, Opcode::Quit);
  add_quiet(Opcode::FlushQ, Opcode::Flush);
  add_quiet(Opcode::ConfigGetQ, Opcode::ConfigGet);
  add_quiet(Opcode::ConfigGetKQ, Opcode::ConfigGetK);
  add_quiet(Opcode::ConfigSetQ, Opcode::ConfigSet);
  add_quiet(Opcode::ConfigDeleteQ, Opcode::ConfigDelete);
  return shapes;
}

constexpr Shapes kShapes = make_shapes();

constexpr bool is_sasl(Opcode opcode) {
  return opcode == Opcode::SaslList || opcode == Opcode::SaslAuth || opcode == Opcode::SaslStep;
}

bool fits(const BinaryHeader& header, const Shape& shape) {
  const bool is_extras_size_right =
      header.extras_size == shape.extras_size || (header.extras_size == 0 && shape.may_lack_extras);
  const bool is_key_right =
      shape.key == Presence::Maybe || (header.key_size != 0) == (shape.key == Presence::Yes);
  const uint32_t size_without_value = uint32_t{header.extras_size} + header.key_size;
  return is_extras_size_right && is_key_right &&
         (shape.has_value || header.body_size == size_without_value);
}

// Reads the key of STAT, which names a topic; the empty key is General.  False if it is unknown.
bool read_topic(std::string_view key, Stats* stats) {
  static constexpr struct {
    std::string_view name;
    StatsTopic topic;
  } kTopics[] = {
      {"", StatsTopic::General},
      {"settings", StatsTopic::Settings},
      {"items", StatsTopic::Items},
      {"slabs", StatsTopic::Slabs},
      {"sizes", StatsTopic::Sizes},
      {"conns", StatsTopic::Connections},
      {"reset", StatsTopic::Reset},
      {"detail on", StatsTopic::DetailOn},
      {"detail off", StatsTopic::DetailOff},
      {"detail dump", StatsTopic::DetailDump},
      {"larder", StatsTopic::Larder},
      {"latency", StatsTopic::Latency},
      {"hotkeys", StatsTopic::HotKeys},
      {"curve", StatsTopic::Curve},
      {"snapshot", StatsTopic::Snapshot},
  };
  for (const auto& row : kTopics) {
    if (row.name == key) {
      stats->topic = row.topic;
      return true;
    }
  }
  return false;
}

constexpr uint32_t kNoCreation = 0xffffffff;

// The parts of a frame that has arrived completely, except possibly for its value.
struct Frame {
  const BinaryHeader& header;
  const char* extras;

  std::string_view key() const { return {extras + header.extras_size, header.key_size}; }
  uint32_t value_size() const { return header.body_size - header.extras_size - header.key_size; }
  template <class Number>
  Number extra(size_t offset) const {
    return load_big_endian<Number>(extras + offset);
  }
};

Write write_of(const Frame& frame, WriteMode mode) {
  return {.mode = mode,
          .key = frame.key(),
          .flags = frame.extra<uint32_t>(0),
          .exptime = frame.extra<uint32_t>(4),
          .cas = frame.header.cas,
          .value_size = frame.value_size()};
}

Write addition_of(const Frame& frame, WriteMode mode) {
  return {
      .mode = mode, .key = frame.key(), .cas = frame.header.cas, .value_size = frame.value_size()};
}

BinaryArithmetic arithmetic_of(const Frame& frame, bool decrements) {
  const auto exptime = frame.extra<uint32_t>(16);
  return {.key = frame.key(),
          .delta = frame.extra<uint64_t>(0),
          .initial = frame.extra<uint64_t>(8),
          .cas = frame.header.cas,
          .exptime = exptime,
          .decrements = decrements,
          .creates = exptime != kNoCreation};
}

// Precondition: is_sasl(opcode).
SaslRequest sasl_of(const Frame& frame, Opcode opcode) {
  const auto kind = opcode == Opcode::SaslList   ? SaslRequest::Kind::List
                    : opcode == Opcode::SaslAuth ? SaslRequest::Kind::Start
                                                 : SaslRequest::Kind::Step;
  const std::string_view name = frame.key();
  return {kind, name, {name.data() + name.size(), frame.value_size()}};
}

// False if it asks for an unknown topic of statistics.
bool read_command(const Frame& frame, Opcode opcode, Command* command) {
  const std::string_view key = frame.key();
  switch (opcode) {
    case Opcode::Get: *command = BinaryGet{.key = key}; break;
    case Opcode::GetK: *command = BinaryGet{.key = key, .shows_key = true}; break;
    case Opcode::Touch:
    case Opcode::Gat:
    case Opcode::GatK:
      *command = BinaryGet{.key = key,
                           .touches = true,
                           .wants_value = opcode != Opcode::Touch,
                           .shows_key = opcode == Opcode::GatK,
                           .exptime = frame.extra<uint32_t>(0)};
      break;
    case Opcode::Set: *command = write_of(frame, WriteMode::Set); break;
    case Opcode::Add: *command = write_of(frame, WriteMode::Add); break;
    case Opcode::Replace: *command = write_of(frame, WriteMode::Replace); break;
    case Opcode::Append: *command = addition_of(frame, WriteMode::Append); break;
    case Opcode::Prepend: *command = addition_of(frame, WriteMode::Prepend); break;
    case Opcode::Delete: *command = BinaryRemove{key, frame.header.cas}; break;
    case Opcode::Increment: *command = arithmetic_of(frame, false); break;
    case Opcode::Decrement: *command = arithmetic_of(frame, true); break;
    case Opcode::Flush: {
      const bool has_delay = frame.header.extras_size != 0;
      *command = FlushAll{has_delay ? int64_t{frame.extra<uint32_t>(0)} : 0};
      break;
    }
    case Opcode::Verbosity: {
      const auto level = frame.extra<uint32_t>(0);
      *command = Verbosity{level < kVerbosityMax ? level : kVerbosityMax};
      break;
    }
    case Opcode::Stat: {
      Stats stats;
      if (!read_topic(key, &stats)) return false;
      *command = stats;
      break;
    }
    case Opcode::ConfigGet:
    case Opcode::ConfigList: *command = ConfigGet{.name = key}; break;
    case Opcode::ConfigGetK: *command = ConfigGet{.name = key, .shows_name = true}; break;
    case Opcode::ConfigSet:
      *command = ConfigSet{
          .name = key, .flags = frame.extra<uint32_t>(0), .value_size = frame.value_size()};
      break;
    case Opcode::ConfigDelete: *command = ConfigDelete{key}; break;
    case Opcode::Noop: *command = Noop{}; break;
    case Opcode::Version: *command = Version{}; break;
    case Opcode::Quit: *command = Quit{}; break;
    default: return false;  // shapes name opcodes without Q only, and logins are not among them
  }
  return true;
}

Parsed fatal(Complaint complaint) { return {.verdict = Verdict::Fatal, .complaint = complaint}; }

// Consumes the header and skips the body, whatever it contains.
Parsed malformed(Complaint complaint, uint32_t body_size) {
  return {.verdict = Verdict::Malformed,
          .complaint = complaint,
          .consumed = kBinaryHeaderSize,
          .value_bytes_to_skip = body_size};
}

}  // namespace

Parsed parse_binary(std::string_view input, Access access, Request* request,
                    Login* login) noexcept {
  if (input.empty()) return {};
  if (static_cast<unsigned char>(input.front()) != kBinaryRequestMagic) {
    return fatal(Complaint::None);
  }
  if (input.size() < kBinaryHeaderSize) return {};
  const BinaryHeader header = read_binary_header(input.data());
  const Shape& shape = kShapes[header.opcode];
  request->style = {.dialect = Dialect::Binary,
                    .quiet = shape.is_quiet,
                    .opcode = header.opcode,
                    .binary_opaque = header.opaque};

  // The order of these checks decides which of several errors is reported; it is upstream's order.
  const uint32_t head_body_size = uint32_t{header.extras_size} + header.key_size;
  if (head_body_size > header.body_size) return fatal(Complaint::UnknownCommand);
  if (header.body_size > kBinaryBodySizeMax) return fatal(Complaint::InvalidArguments);
  if (access == Access::Stranger && !shape.is_for_strangers) {
    return fatal(Complaint::Unauthenticated);
  }
  if (header.key_size > kKeySizeMax) return fatal(Complaint::InvalidArguments);
  const bool is_login = is_sasl(shape.means) && shape.is_known;
  if (!shape.is_known || (is_login && access == Access::Open)) {
    return malformed(Complaint::UnknownCommand, header.body_size);
  }
  if (!fits(header, shape)) return fatal(Complaint::InvalidArguments);
  size_t head_size = kBinaryHeaderSize + head_body_size;
  if (is_login) {
    if (header.body_size > kSaslBodySizeMax) return fatal(Complaint::InvalidArguments);
    if (header.key_size > kSaslMechanismSizeMax) {
      return malformed(Complaint::InvalidArguments, header.body_size);
    }
    head_size = kBinaryHeaderSize + header.body_size;
  }
  if (input.size() < head_size) return {};
  const Frame frame{header, input.data() + kBinaryHeaderSize};
  if (is_login) {
    *login = {.credentials = sasl_of(frame, shape.means), .style = request->style};
    return {.verdict = Verdict::Login, .consumed = static_cast<uint32_t>(head_size)};
  }
  if (!read_command(frame, shape.means, &request->command)) {
    return {.verdict = Verdict::Malformed,
            .complaint = Complaint::NoSuchStatistics,
            .consumed = static_cast<uint32_t>(head_size)};
  }
  return {.verdict = Verdict::Complete, .consumed = static_cast<uint32_t>(head_size)};
}

}  // namespace larder::protocol
