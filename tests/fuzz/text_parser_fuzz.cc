// Passes any bytes through the text and meta parser, as a connection does, and checks all
// guarantees of protocol/parse.h at every step.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <variant>

#include "base/assertions.h"
#include "base/base64.h"
#include "protocol/complaint.h"
#include "protocol/limits.h"
#include "protocol/parse.h"
#include "protocol/request.h"
#include "tests/support/exact_copy.h"

namespace {

using namespace larder::protocol;
using larder::support::check_inside;
using larder::support::ExactCopy;

void check_key(std::string_view key, std::string_view head) {
  ASSERT(!key.empty() && key.size() <= kKeySizeMax);
  ASSERT(key.find(' ') == std::string_view::npos && key.find('\n') == std::string_view::npos);
  check_inside(key, head);
}

// The key as written on the line, if the command has one.
std::string_view key_of(const Request& request) {
  return std::visit(
      [](const auto& command) -> std::string_view {
        if constexpr (requires { command.key; }) {
          return command.key;
        } else {
          return {};
        }
      },
      request.command);
}

void check_style(const Request& request, std::string_view head) {
  const ReplyStyle& style = request.style;
  if (style.dialect == Dialect::Text) {
    ASSERT(!style.quiet && !style.key_is_base64);
    ASSERT(style.asked.count == 0 && style.opaque.empty());
    return;
  }
  ASSERT(!style.silent);
  ASSERT(style.asked.count <= style.asked.letters.size());
  const std::string_view asked(style.asked.letters.data(), style.asked.count);
  for (size_t i = 0; i < asked.size(); ++i) ASSERT(asked.rfind(asked[i]) == i);
  ASSERT((asked.find('O') != std::string_view::npos) == !style.opaque.empty());
  if (!style.opaque.empty()) {
    ASSERT(style.opaque.front() == 'O' && style.opaque.size() <= kOpaqueSizeMax);
    check_inside(style.opaque, head);
  }
  if (style.key_is_base64) {
    char bytes[kKeySizeMax];
    const size_t size = larder::base::decode_base64(key_of(request), bytes);
    ASSERT(size != 0 && size <= key_of(request).size());
    std::string text(larder::base::base64_size(size), '\0');
    char* const end = larder::base::encode_base64({bytes, size}, text.data());
    ASSERT(static_cast<size_t>(end - text.data()) == text.size());
    char again[kKeySizeMax];
    ASSERT(text.size() <= kKeySizeMax && larder::base::decode_base64(text, again) == size);
    ASSERT(std::memcmp(bytes, again, size) == 0);
  }
}

void check_command(const Request& request, std::string_view head) {
  if (const auto* get = std::get_if<Get>(&request.command)) {
    check_key(get->key, head);
    check_inside(get->more_keys, head);
    size_t key_count = 1;
    std::string_view rest = get->more_keys;
    for (auto key = next_key(rest); !key.empty(); key = next_key(rest)) {
      check_key(key, head);
      ++key_count;
    }
    ASSERT(key_count <= head.size() / 2);
    ASSERT(!request.style.silent);
  } else if (const auto* write = std::get_if<Write>(&request.command)) {
    check_key(write->key, head);
    ASSERT(write->value_size <= kValueSizeMax);
  } else if (const auto* remove = std::get_if<Remove>(&request.command)) {
    check_key(remove->key, head);
  } else if (const auto* touch = std::get_if<Touch>(&request.command)) {
    check_key(touch->key, head);
  } else if (const auto* arithmetic = std::get_if<Arithmetic>(&request.command)) {
    check_key(arithmetic->key, head);
  } else if (const auto* meta_get = std::get_if<MetaGet>(&request.command)) {
    check_key(meta_get->key, head);
  } else if (const auto* meta_remove = std::get_if<MetaRemove>(&request.command)) {
    check_key(meta_remove->key, head);
  } else if (const auto* meta_arithmetic = std::get_if<MetaArithmetic>(&request.command)) {
    check_key(meta_arithmetic->key, head);
  } else if (const auto* meta_debug = std::get_if<MetaDebug>(&request.command)) {
    check_key(meta_debug->key, head);
  } else if (const auto* limit = std::get_if<MemoryLimit>(&request.command)) {
    ASSERT(limit->megabytes >= kMemoryLimitMegabytesMin);
    ASSERT(limit->megabytes <= kMemoryLimitMegabytesMax);
  } else if (const auto* config_get = std::get_if<ConfigGet>(&request.command)) {
    if (!config_get->name.empty()) check_key(config_get->name, head);
    ASSERT(!request.style.silent);
  } else if (const auto* config_set = std::get_if<ConfigSet>(&request.command)) {
    check_key(config_set->name, head);
    ASSERT(config_set->value_size <= kValueSizeMax);
  } else if (const auto* config_delete = std::get_if<ConfigDelete>(&request.command)) {
    check_key(config_delete->name, head);
  } else if (const auto* verbosity = std::get_if<Verbosity>(&request.command)) {
    ASSERT(verbosity->level <= kVerbosityMax);
  }
}

void check_same(const Parsed& left, const Parsed& right) {
  ASSERT(left.verdict == right.verdict);
  ASSERT(left.complaint == right.complaint);
  ASSERT(left.silent == right.silent);
  ASSERT(left.consumed == right.consumed);
  ASSERT(left.value_bytes_to_skip == right.value_bytes_to_skip);
}

void check_verdict(const Parsed& parsed, std::string_view input) {
  const size_t line_size = input.find('\n') + 1;  // 0 if no line ends
  switch (parsed.verdict) {
    case Verdict::NeedMore: ASSERT(line_size == 0 && parsed.consumed == 0); break;
    case Verdict::Complete:
      ASSERT(parsed.consumed == line_size && line_size != 0);
      ASSERT(parsed.complaint == Complaint::None && parsed.value_bytes_to_skip == 0);
      break;
    case Verdict::Malformed:
      ASSERT(parsed.consumed == line_size && line_size != 0);
      ASSERT(parsed.complaint != Complaint::None);
      ASSERT(parsed.value_bytes_to_skip <= kValueSizeMax + kValueTerminatorSize);
      break;
    case Verdict::Login: ASSERT(false); break;  // only for clients that are not logged in
    case Verdict::Fatal: ASSERT(line_size == 0 || parsed.complaint == Complaint::None); break;
  }
}

// Parses the line again with other values of `searched`, and with its end cut off.
void check_variants(const Parsed& parsed, std::string_view input) {
  Request request;
  const size_t newline = input.find('\n');
  const size_t unsearched = newline == std::string_view::npos ? input.size() : newline;
  check_same(parsed, parse_text(input, unsearched, &request));
  check_same(parsed, parse_text(input, unsearched / 2, &request));
  if (newline == std::string_view::npos) return;
  const ExactCopy line(input.substr(0, newline + 1));
  check_same(parsed, parse_text(line.bytes(), 0, &request));
  const ExactCopy cut(input.substr(0, newline));
  const Parsed unfinished = parse_text(cut.bytes(), 0, &request);
  if (newline <= kLineSizeMax) ASSERT(unfinished.verdict == Verdict::NeedMore);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ExactCopy copy({reinterpret_cast<const char*>(data), size});
  std::string_view input = copy.bytes();
  for (;;) {
    Request request;
    const Parsed parsed = parse_text(input, 0, &request);
    ASSERT(parsed.consumed <= input.size());
    check_verdict(parsed, input);
    check_variants(parsed, input);
    if (parsed.verdict == Verdict::NeedMore || parsed.verdict == Verdict::Fatal) return 0;
    if (parsed.verdict == Verdict::Complete) {
      check_command(request, input.substr(0, parsed.consumed));
      check_style(request, input.substr(0, parsed.consumed));
    } else {
      ASSERT(!text_of(parsed.complaint).empty());
    }
    input.remove_prefix(parsed.consumed);
  }
}
