// What an operation of the client returns: a value, or an error with a code for the program and a
// text for people.
//
// Threads: plain values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/expected.h"

namespace larder::client {

enum class ErrorCode : uint8_t {
  // Nothing was sent.
  Application,      // an error of the application's own, returned by its Compute
  InvalidArgument,  // a key, a value, an address or an option that cannot be
  System,           // the operating system refused, for example a descriptor or a file
  Unreachable,      // no connection to the node came about in time
  TlsFailed,        // the handshake failed: the certificate is not trusted, or has another name
  LoginRefused,     // the node did not accept Options::login
  NodeDown,         // the node is ejected, or there is none
  Busy,             // all connections to the node are in use

  // The request may have been executed.
  TimedOut,        // no answer in time; of get_or_compute(), no value in time
  ConnectionLost,  // the connection broke before the answer was there
  BadReply,        // what came is no answer to the request

  ServerRefused,  // the server answered ERROR, CLIENT_ERROR or SERVER_ERROR; nothing was executed
};

// "timed out", "invalid argument", ...
std::string_view name_of(ErrorCode code) noexcept;

struct Error {
  ErrorCode code = ErrorCode::Application;
  std::string text;  // what was tried and what came of it
};

template <class T>
using Result = base::Expected<T, Error>;

using base::Done;
using Outcome = Result<Done>;

Error fail(ErrorCode code, std::string text);

// Appends what errno says.  Call it before anything else can change errno.
Error fail_errno(ErrorCode code, std::string text);

}  // namespace larder::client
