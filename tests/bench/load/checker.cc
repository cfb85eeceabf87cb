#include "tests/bench/load/checker.h"

#include <algorithm>
#include <cstring>

#include "tests/bench/load/binary_format.h"

namespace larder::bench {
namespace {

constexpr size_t kErrorLineSizeMax = 2048;
constexpr size_t kErrorBodySizeMax = 2048;
constexpr std::string_view kEnd = "END\r\n";

// Walks along the received bytes as long as they are as wanted.
class Walk {
 public:
  explicit Walk(std::string_view received) noexcept : rest_(received), begin_(received.data()) {}

  bool literal(std::string_view wanted) noexcept {
    const size_t size = std::min(wanted.size(), rest_.size());
    if (std::memcmp(rest_.data(), wanted.data(), size) != 0) return false;
    rest_.remove_prefix(size);
    is_short_ = size < wanted.size();
    return !is_short_;
  }

  // Any `size` bytes.
  bool skip(size_t size) noexcept {
    is_short_ = rest_.size() < size;
    rest_.remove_prefix(std::min(size, rest_.size()));
    return !is_short_;
  }

  // One to twenty digits; what follows them must be there already to know that they ended.
  bool digits() noexcept {
    size_t size = 0;
    while (size < rest_.size() && rest_[size] >= '0' && rest_[size] <= '9') ++size;
    is_short_ = size == rest_.size() && size <= 20;
    if (is_short_ || size == 0 || size > 20) return false;
    rest_.remove_prefix(size);
    return true;
  }

  // The bytes ended before anything was wrong.
  bool is_short() const noexcept { return is_short_; }
  size_t walked() const noexcept { return static_cast<size_t>(rest_.data() - begin_); }

 private:
  std::string_view rest_;
  const char* begin_;
  bool is_short_ = false;
};

Checked result(const Walk& walk, bool matched) noexcept {
  if (matched) return {Verdict::Match, walk.walked()};
  return {walk.is_short() ? Verdict::NeedMore : Verdict::Lost};
}

bool is_proper_prefix(std::string_view bytes, std::string_view of) noexcept {
  return bytes.size() < of.size() && of.starts_with(bytes);
}

// A text reply that is not the part wanted: an error line, if it is any reply at all.
Checked other_text(std::string_view received) noexcept {
  const bool is_answer = !received.empty() && received[0] >= 'A' && received[0] <= 'Z' &&
                         !received.starts_with("VALUE ") && !received.starts_with("VA ");
  if (!is_answer) return {Verdict::Lost};
  const size_t newline = received.substr(0, kErrorLineSizeMax).find('\n');
  if (newline != std::string_view::npos) return {Verdict::Refused, newline + 1};
  return {received.size() < kErrorLineSizeMax ? Verdict::NeedMore : Verdict::Lost};
}

// How a miss looks in place of `part`; empty when a miss cannot be.
std::string_view miss_of(Part part) noexcept {
  switch (part) {
    case Part::TextHit:
    case Part::TextHitUnique: return kEnd;
    case Part::MetaHit: return "EN\r\n";
    case Part::TextItem:
    case Part::TextEnd:
    case Part::TextStored:
    case Part::BinaryHit:
    case Part::BinaryStored: return {};
  }
  return {};
}

}  // namespace

Checker::Checker(const KeySpace& keys, bool is_unchecked)
    : keys_(keys), is_unchecked_(is_unchecked) {
  const std::string size = std::to_string(keys.value_size());
  item_tail_ = " 0 " + size + "\r\n";
  unique_tail_ = " 0 " + size + " ";
  meta_head_ = "VA " + size + "\r\n";
}

size_t Checker::part_size_max() const noexcept {
  return keys_.key_size() + keys_.value_size() + kErrorLineSizeMax + kErrorBodySizeMax;
}

size_t Checker::size_of(Part part) const noexcept {
  constexpr size_t kLineEndSize = 2;
  const size_t item_size = std::string_view("VALUE ").size() + keys_.key_size() +
                           item_tail_.size() + keys_.value_size() + kLineEndSize;
  switch (part) {
    case Part::TextHit: return item_size + kEnd.size();
    case Part::TextItem: return item_size;
    case Part::TextEnd: return kEnd.size();
    case Part::TextStored: return std::string_view("STORED\r\n").size();
    case Part::MetaHit: return meta_head_.size() + keys_.value_size() + kLineEndSize;
    case Part::BinaryHit: return kBinaryHeaderSize + 4 + keys_.value_size();
    case Part::BinaryStored: return kBinaryHeaderSize;
    case Part::TextHitUnique: break;
  }
  return 0;
}

Checked Checker::check(const Expectation& wanted, std::string_view key,
                       std::string_view received) const noexcept {
  if (is_unchecked_) {
    const size_t size = size_of(wanted.part);
    return received.size() < size ? Checked{Verdict::NeedMore} : Checked{Verdict::Match, size};
  }
  if (wanted.part == Part::BinaryHit || wanted.part == Part::BinaryStored) {
    return check_binary(wanted, received);
  }
  const Checked checked = check_text(wanted, key, received);
  if (checked.verdict != Verdict::Lost) return checked;

  // Not what was wanted: tell a miss from an error from nonsense.
  if (wanted.part == Part::TextItem) {
    // A missed item is left out, so the next thing is another key's item or the end.
    if (received.starts_with("VALUE ") && !received.substr(6).starts_with(key)) {
      return {Verdict::Miss, 0};
    }
    if (received.starts_with(kEnd)) return {Verdict::Miss, 0};
    if (is_proper_prefix(received, kEnd)) return {Verdict::NeedMore};
    return other_text(received);
  }
  const std::string_view miss = miss_of(wanted.part);
  if (!miss.empty() && received.starts_with(miss)) return {Verdict::Miss, miss.size()};
  return other_text(received);
}

Checked Checker::check_text(const Expectation& wanted, std::string_view key,
                            std::string_view received) const noexcept {
  Walk walk(received);
  switch (wanted.part) {
    case Part::TextHit:
      return result(walk, walk.literal("VALUE ") && walk.literal(key) && walk.literal(item_tail_) &&
                              walk.literal(keys_.value(wanted.key_index)) &&
                              walk.literal("\r\nEND\r\n"));
    case Part::TextHitUnique:
      return result(walk, walk.literal("VALUE ") && walk.literal(key) &&
                              walk.literal(unique_tail_) && walk.digits() && walk.literal("\r\n") &&
                              walk.literal(keys_.value(wanted.key_index)) &&
                              walk.literal("\r\nEND\r\n"));
    case Part::TextItem:
      return result(walk, walk.literal("VALUE ") && walk.literal(key) && walk.literal(item_tail_) &&
                              walk.literal(keys_.value(wanted.key_index)) && walk.literal("\r\n"));
    case Part::TextEnd: return result(walk, walk.literal(kEnd));
    case Part::TextStored: return result(walk, walk.literal("STORED\r\n"));
    case Part::MetaHit:
      return result(walk, walk.literal(meta_head_) && walk.literal(keys_.value(wanted.key_index)) &&
                              walk.literal("\r\n"));
    case Part::BinaryHit:
    case Part::BinaryStored: break;
  }
  return {Verdict::Lost};
}

Checked Checker::check_binary(const Expectation& wanted, std::string_view received) const noexcept {
  const bool is_hit = wanted.part == Part::BinaryHit;
  BinaryHeader header;
  header.magic = kBinaryReply;
  header.opcode = is_hit ? kBinaryGet : kBinarySet;
  header.extras_size = is_hit ? 4 : 0;
  header.body_size = is_hit ? static_cast<uint32_t>(4 + keys_.value_size()) : 0;
  header.opaque = static_cast<uint32_t>(wanted.key_index);
  char raw[kBinaryHeaderSize];
  write_header(header, raw);
  const std::string_view head(raw, kBinaryUniqueAt);
  constexpr std::string_view kNoFlags("\0\0\0\0", 4);

  Walk walk(received);
  const bool matched =
      walk.literal(head) && walk.skip(kBinaryHeaderSize - kBinaryUniqueAt) &&
      (!is_hit || (walk.literal(kNoFlags) && walk.literal(keys_.value(wanted.key_index))));
  const Checked checked = result(walk, matched);
  if (checked.verdict != Verdict::Lost) return checked;

  // Any other reply to this request has the same start, a status and a body of known size.
  if (received.empty() || received[0] != head[0]) return {Verdict::Lost};
  if (received.size() < kBinaryHeaderSize) return {Verdict::NeedMore};
  size_t body_size = 0;
  for (size_t i = 0; i < 4; ++i) {
    body_size = body_size << 8 | static_cast<uint8_t>(received[kBinaryBodySizeAt + i]);
  }
  const bool same_request = received[1] == head[1] && received.substr(12, 4) == head.substr(12, 4);
  const uint16_t status = static_cast<uint16_t>(static_cast<uint8_t>(received[6]) << 8 |
                                                static_cast<uint8_t>(received[7]));
  if (!same_request || status == 0 || body_size > kErrorBodySizeMax) return {Verdict::Lost};
  if (received.size() < kBinaryHeaderSize + body_size) return {Verdict::NeedMore};
  return {is_hit && status == kBinaryNotFound ? Verdict::Miss : Verdict::Refused,
          kBinaryHeaderSize + body_size};
}

}  // namespace larder::bench
