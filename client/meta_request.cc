#include "client/meta_request.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/assertions.h"
#include "base/base64.h"

namespace larder::client {
namespace {

constexpr std::chrono::seconds kRelativeTtlMax{60 * 60 * 24 * 30};

// A text key cannot contain blanks or line ends.  Other bytes outside graphic ASCII are possible,
// but not every proxy passes them on.
bool needs_base64(std::string_view key) {
  return std::any_of(key.begin(), key.end(), [](char byte) { return byte < '!' || byte > '~'; });
}

void append_base64(std::string& text, std::string_view bytes) {
  const size_t size_before = text.size();
  text.resize(size_before + base::base64_size(bytes.size()));
  base::encode_base64(bytes, text.data() + size_before);
}

template <class Number>
void append_number(std::string& text, Number number) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof(digits), number).ptr;
  text.append(digits, end);
}

std::string_view name_of(MetaRequest::Verb verb) {
  switch (verb) {
    case MetaRequest::Verb::Get: return "mg ";
    case MetaRequest::Verb::Set: return "ms ";
    case MetaRequest::Verb::Delete: return "md ";
    case MetaRequest::Verb::Arithmetic: return "ma ";
  }
  UNREACHABLE();
}

}  // namespace

Outcome check_request(const MetaRequest& request) {
  const std::string_view key = request.key;
  if (key.empty()) return fail(ErrorCode::InvalidArgument, "the key is empty");
  if (key.size() > kKeySizeMax) {
    return fail(ErrorCode::InvalidArgument, "a key of " + std::to_string(key.size()) +
                                                " bytes, at most " + std::to_string(kKeySizeMax));
  }
  if (base::base64_size(key.size()) > kKeySizeMax && needs_base64(key)) {
    return fail(ErrorCode::InvalidArgument, "a key of " + std::to_string(key.size()) +
                                                " bytes that are not all graphic ASCII, at most " +
                                                std::to_string(kKeySizeMax / 4 * 3));
  }
  if (request.value.size() > kValueSizeMax) {
    return fail(ErrorCode::InvalidArgument, "a value of " + std::to_string(request.value.size()) +
                                                " bytes, at most " + std::to_string(kValueSizeMax));
  }
  return Done{};
}

void append_request(std::string& wire, const MetaRequest& request, uint64_t opaque) {
  wire += name_of(request.verb);
  const bool is_base64 = needs_base64(request.key);
  if (is_base64) {
    append_base64(wire, request.key);
  } else {
    wire += request.key;
  }
  if (request.verb == MetaRequest::Verb::Set) {
    wire += ' ';
    append_number(wire, request.value.size());
  }
  if (is_base64) wire += " b";
  wire += request.flags;
  wire += " O";
  append_number(wire, opaque);
  wire += "\r\n";
  if (request.verb == MetaRequest::Verb::Set) {
    wire += request.value;
    wire += "\r\n";
  }
}

void add_flag(std::string& flags, char letter, uint64_t number) {
  flags += ' ';
  flags += letter;
  append_number(flags, number);
}

void add_ttl(std::string& flags, char letter, std::chrono::seconds ttl) {
  using std::chrono::seconds;
  constexpr int64_t kLatest = std::numeric_limits<int32_t>::max();
  int64_t number = std::max<int64_t>(ttl.count(), -1);
  if (ttl > kRelativeTtlMax) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const int64_t now_seconds = std::chrono::floor<seconds>(now).count();
    number = ttl.count() > kLatest - now_seconds ? kLatest : now_seconds + ttl.count();
  }
  flags += ' ';
  flags += letter;
  append_number(flags, number);
}

}  // namespace larder::client
