// The result of a client operation: a value, or an error with a code for programs and a text for
// humans.
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
  Application,      // an error of the application, returned by its Compute function
  InvalidArgument,  // an invalid key, value, address or option
  System,           // a system call failed or a file could not be read
  Unreachable,      // no connection to the node was established in time
  TlsFailed,        // the handshake failed: the certificate is not trusted, or has a different name
  LoginRefused,     // the node did not accept Options::login
  NodeDown,         // the node is ejected, or there are no nodes
  Busy,             // all connections to the node are in use

  // The request may have been executed.
  TimedOut,        // no reply in time; get_or_compute(): no value in time
  ConnectionLost,  // the connection broke before the reply arrived
  BadReply,        // the server's bytes are no valid reply to the request

  ServerRefused,  // the server replied ERROR, CLIENT_ERROR or SERVER_ERROR; nothing was executed
};

// "timed out", "invalid argument", ...
std::string_view name_of(ErrorCode code) noexcept;

struct Error {
  ErrorCode code = ErrorCode::Application;
  std::string text;  // what was attempted and how it failed
};

template <class T>
using Result = base::Expected<T, Error>;

using base::Done;
using Outcome = Result<Done>;

Error fail(ErrorCode code, std::string text);

// Appends the error text for errno.  Call it before anything else can change errno.
Error fail_errno(ErrorCode code, std::string text);

}  // namespace larder::client
