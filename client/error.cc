#include "client/error.h"

#include <cerrno>
#include <cstring>
#include <utility>

namespace larder::client {

std::string_view name_of(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::Application: return "application error";
    case ErrorCode::InvalidArgument: return "invalid argument";
    case ErrorCode::System: return "system error";
    case ErrorCode::Unreachable: return "unreachable";
    case ErrorCode::TlsFailed: return "TLS failed";
    case ErrorCode::LoginRefused: return "login refused";
    case ErrorCode::NodeDown: return "node down";
    case ErrorCode::Busy: return "busy";
    case ErrorCode::TimedOut: return "timed out";
    case ErrorCode::ConnectionLost: return "connection lost";
    case ErrorCode::BadReply: return "bad reply";
    case ErrorCode::ServerRefused: return "server refused";
  }
  return "";
}

Error fail(ErrorCode code, std::string text) { return {code, std::move(text)}; }

Error fail_errno(ErrorCode code, std::string text) {
  const int number = errno;
  return {code, std::move(text) + ": " + std::strerror(number)};
}

}  // namespace larder::client
