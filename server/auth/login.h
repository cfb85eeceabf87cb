// The login of a client that is not logged in yet.
//
// Threads: the worker's; `session` is the SASL service's while it has the login.
#pragma once

#include <memory>
#include <optional>

#include "protocol/login_commands.h"
#include "server/auth/sasl_session.h"

namespace larder::server {

struct LoginState {
  // Requests of any kind, asking for the version aside, before the client is let in; one more
  // ends the connection.  Each is bounded by the parser, so all are.
  static constexpr uint32_t kAttemptsMax = 32;
  // Of these, that end in a refusal.
  static constexpr uint32_t kRefusalsMax = 8;

  std::unique_ptr<SaslSession> session;
  std::optional<SaslReply> reply;   // has come, and is to be told
  protocol::ReplyStyle style = {};  // of the request it answers
  protocol::SaslRequest::Kind kind = protocol::SaslRequest::Kind::List;
  uint32_t attempt_count = 0;
  uint32_t refusal_count = 0;
};

}  // namespace larder::server
