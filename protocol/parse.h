// From bytes to a Request.
//
// Threads: pure functions, callable from anywhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "protocol/complaint.h"

namespace larder::protocol {

struct Login;
struct Request;

enum class Verdict : uint8_t {
  Complete,   // *request is set; `consumed` bytes were its head
  Login,      // *login is set; `consumed` bytes were all of it
  NeedMore,   // a proper prefix; call again with these bytes and more
  Malformed,  // send `complaint` unless `silent`, skip `consumed` + `value_bytes_to_skip`, go on
  Fatal,      // send `complaint` unless it is None, then close: nothing after it can be trusted
};

struct Parsed {
  Verdict verdict = Verdict::NeedMore;
  Complaint complaint = Complaint::None;
  bool silent = false;               // Malformed only: the line ended in noreply
  uint32_t consumed = 0;             // bytes of the head, its line end included
  uint32_t value_bytes_to_skip = 0;  // Malformed only: a bad head whose value size was readable;
                                     // counts the value's terminator
};

// Parses one request head from the front of `input`.
// Reads nothing outside `input`, allocates nothing, remembers nothing.
// `searched`: that many bytes at the front are known to hold no newline (from an earlier NeedMore
// on the same bytes), so that a long line which arrives in pieces is not scanned again and again.
// On Complete, views in *request borrow from `input`; otherwise *request is unspecified.
// A value, if the command has one, follows the head and is not parsed here.
// Precondition: searched <= input.size().
[[nodiscard]] Parsed parse_text(std::string_view input, size_t searched, Request* request) noexcept;

// What a client may say.
enum class Access : uint8_t {
  Open,      // anything: nobody is asked who he is
  LoggedIn,  // anything
  Stranger,  // nothing but who it is
};

// As parse_text(), for frames.  With every complaint request->style is how to answer.  All of a
// frame's head is checked here, before anything is made of it; whatever may not be said with this
// access is Fatal.  A login is only made where the access is not Open.
[[nodiscard]] Parsed parse_binary(std::string_view input, Access access, Request* request,
                                  Login* login) noexcept;

// As parse_text(), for strangers: the verdict is never Complete, but Login.
[[nodiscard]] Parsed parse_text_login(std::string_view input, size_t searched,
                                      Login* login) noexcept;

// The gate in front of everything: chooses the parser by what the client may say, so that nothing
// it may not ask for becomes a Request.
[[nodiscard]] inline Parsed parse_request(bool is_binary, Access access, std::string_view input,
                                          size_t searched, Request* request,
                                          Login* login) noexcept {
  if (is_binary) return parse_binary(input, access, request, login);
  if (access == Access::Stranger) return parse_text_login(input, searched, login);
  return parse_text(input, searched, request);
}

}  // namespace larder::protocol
