// The received input of a client, and how its next bytes are to be interpreted.
//
// Threads: one worker's.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <variant>

#include "protocol/complaint.h"
#include "protocol/request.h"
#include "server/command/executor.h"

namespace larder::server {

// Received bytes that are not a complete request yet.  Has no memory while it is empty.
class Tail {
 public:
  std::string_view bytes() const noexcept { return {data_.get(), size_}; }
  uint32_t size() const noexcept { return size_; }
  uint32_t capacity() const noexcept { return capacity_; }

  // Replaces the contents.  `bytes` may be a part of them.
  void assign(std::string_view bytes);
  // Returns room for `size` bytes after the contents; grow() adds the bytes written there.
  char* prepare(uint32_t size);
  void grow(uint32_t size) noexcept { size_ += size; }
  void clear() noexcept {
    data_.reset();
    size_ = capacity_ = 0;
  }

 private:
  std::unique_ptr<char[]> data_;
  uint32_t size_ = 0;
  uint32_t capacity_ = 0;
};

// The meaning of the next bytes is one of four.
//
// A request, whose beginning may be in the tail; `searched` bytes of it are known to have no line
// end.
struct NextIsRequest {
  uint32_t searched = 0;
};
// The rest of a small value; the tail contains the head and the bytes received so far.
struct NextIsSmallValue {};
// A large value, which is read directly into its item.
struct NextIsLargeValue {
  std::unique_ptr<Upload> upload;
};
// A value that is not stored, and the reply that is sent at its end.
struct NextIsSkipped {
  uint64_t bytes = 0;   // remaining; not 0
  uint32_t opaque = 0;  // binary: of the request with this value
  uint8_t opcode = 0;   // the same
  protocol::Complaint complaint = protocol::Complaint::None;
};

class ConnectionInput {
 public:
  // Determined by the first byte.
  enum class Dialect : uint8_t { Unknown, Text, Binary };

  bool is_binary() const noexcept { return dialect == Dialect::Binary; }
  bool is_at_request() const noexcept { return std::holds_alternative<NextIsRequest>(next); }
  bool awaits_small_value() const noexcept {
    return std::holds_alternative<NextIsSmallValue>(next);
  }
  // Null if no large value comes next.
  Upload* upload() const noexcept {
    const auto* value = std::get_if<NextIsLargeValue>(&next);
    return value != nullptr ? value->upload.get() : nullptr;
  }
  NextIsSkipped* skipped() noexcept { return std::get_if<NextIsSkipped>(&next); }

  // Called when the value is complete, or if there is no memory for it.
  std::unique_ptr<Upload> take_upload() noexcept {
    std::unique_ptr<Upload> upload = std::move(std::get<NextIsLargeValue>(next).upload);
    next = NextIsRequest{};
    return upload;
  }
  // The number of bytes at the front that need not be searched again.  Resets it.
  uint32_t take_searched() noexcept {
    auto* request = std::get_if<NextIsRequest>(&next);
    return request != nullptr ? std::exchange(request->searched, 0) : 0;
  }
  // Requests that were parsed but not executed are parsed again, if they are kept.
  void forget_parsed() noexcept {
    if (awaits_small_value()) {
      next = NextIsRequest{};
    } else {
      take_searched();
    }
  }
  bool is_consistent() const noexcept;

  Tail tail;
  std::variant<NextIsRequest, NextIsSmallValue, NextIsLargeValue, NextIsSkipped> next;
  Dialect dialect = Dialect::Unknown;
  bool has_unparsed_tail = false;  // the tail may contain complete requests, or a complete value
};

}  // namespace larder::server
