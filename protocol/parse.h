// Parsers: turn bytes into a Request.
//
// Threads: pure functions, callable from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "protocol/complaint.h"

namespace larder::protocol {

struct Login;
struct Request;

enum class Verdict : uint8_t {
  Complete,   // *request is set; its head is `consumed` bytes long
  Login,      // *login is set; it is `consumed` bytes long
  NeedMore,   // incomplete; call again with these bytes and more
  Malformed,  // send `complaint` unless `silent`, skip `consumed` + `value_bytes_to_skip`, continue
  Fatal,      // send `complaint` unless it is None, then close: the rest cannot be interpreted
};

struct Parsed {
  Verdict verdict = Verdict::NeedMore;
  Complaint complaint = Complaint::None;
  bool silent = false;               // Malformed only: the line ended with noreply
  uint32_t consumed = 0;             // size of the head, including its line end
  uint32_t value_bytes_to_skip = 0;  // Malformed only: a bad head with a readable value size;
                                     // includes the value's terminator
};

// Parses one request head from the front of `input`.  Reads nothing outside `input`, allocates
// nothing and keeps no state.
//
// `searched` is the number of leading bytes that are known to contain no newline (from an earlier
// NeedMore on the same bytes), so that a long line that arrives in pieces is not scanned
// repeatedly.
//
// On Complete, views in *request borrow from `input`; otherwise *request is unspecified.  If the
// command has a value, it follows the head and is not parsed here.
// Precondition: searched <= input.size().
[[nodiscard]] Parsed parse_text(std::string_view input, size_t searched, Request* request) noexcept;

// Which requests a client may send.
enum class Access : uint8_t {
  Open,      // all: no authentication is required
  LoggedIn,  // all
  Stranger,  // only a login
};

// The same for binary frames.  With every complaint, request->style says how to reply.  The head of
// a frame is checked completely before a command is made of it.  A frame that is not allowed with
// this access is Fatal.  A login is returned only if access is not Open.
[[nodiscard]] Parsed parse_binary(std::string_view input, Access access, Request* request,
                                  Login* login) noexcept;

// The same for clients that have not logged in: returns Login, never Complete.
[[nodiscard]] Parsed parse_text_login(std::string_view input, size_t searched,
                                      Login* login) noexcept;

// The entry point for all requests.  It chooses the parser by the client's access, so that no
// Request is created for a command that the client may not send.
[[nodiscard]] inline Parsed parse_request(bool is_binary, Access access, std::string_view input,
                                          size_t searched, Request* request,
                                          Login* login) noexcept {
  if (is_binary) return parse_binary(input, access, request, login);
  if (access == Access::Stranger) return parse_text_login(input, searched, login);
  return parse_text(input, searched, request);
}

}  // namespace larder::protocol
