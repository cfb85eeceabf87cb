// What a client has sent and what its next bytes mean.
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

// Received bytes that do not make a request yet.  Has memory only while it holds some.
class Tail {
 public:
  std::string_view bytes() const noexcept { return {data_.get(), size_}; }
  uint32_t size() const noexcept { return size_; }
  uint32_t capacity() const noexcept { return capacity_; }

  // Replaces the contents.  `bytes` may be part of them.
  void assign(std::string_view bytes);
  // Room for `size` bytes behind the contents; grow() takes them as written.
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

// What the next bytes are: one of four.
//
// A request, of which the tail may be the beginning: so many of its bytes are known to hold no line
// end.
struct NextIsRequest {
  uint32_t searched = 0;
};
// The rest of a small value; the tail is its head and what has come of it.
struct NextIsSmallValue {};
// A large value, which is read into its item.
struct NextIsLargeValue {
  std::unique_ptr<Upload> upload;
};
// A value that is not stored, and what the client is told at its end.
struct NextIsSkipped {
  uint64_t bytes = 0;   // left to skip; not 0
  uint32_t opaque = 0;  // binary: of the request the value belongs to
  uint8_t opcode = 0;   // the same
  protocol::Complaint complaint = protocol::Complaint::None;
};

class ConnectionInput {
 public:
  // By the first byte.
  enum class Dialect : uint8_t { Unknown, Text, Binary };

  bool is_binary() const noexcept { return dialect == Dialect::Binary; }
  bool is_at_request() const noexcept { return std::holds_alternative<NextIsRequest>(next); }
  bool awaits_small_value() const noexcept {
    return std::holds_alternative<NextIsSmallValue>(next);
  }
  // Null unless such a value comes next.
  Upload* upload() const noexcept {
    const auto* value = std::get_if<NextIsLargeValue>(&next);
    return value != nullptr ? value->upload.get() : nullptr;
  }
  NextIsSkipped* skipped() noexcept { return std::get_if<NextIsSkipped>(&next); }

  // The value has come to its end, or there is no room for it.
  std::unique_ptr<Upload> take_upload() noexcept {
    std::unique_ptr<Upload> upload = std::move(std::get<NextIsLargeValue>(next).upload);
    next = NextIsRequest{};
    return upload;
  }
  // How much of the request's beginning need not be searched again.  Forgets it.
  uint32_t take_searched() noexcept {
    auto* request = std::get_if<NextIsRequest>(&next);
    return request != nullptr ? std::exchange(request->searched, 0) : 0;
  }
  // What was parsed and not executed is to be parsed again, if it is kept at all.
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
  bool has_unparsed_tail = false;  // the tail may hold whole requests, or all of a value
};

}  // namespace larder::server
