// The login state of a client that is not logged in yet.
//
// Threads: the worker's; while the SASL service has the login, `session` belongs to the service.
#pragma once

#include <memory>
#include <optional>

#include "protocol/login_commands.h"
#include "server/auth/sasl_session.h"

namespace larder::server {

struct LoginState {
  // The number of requests of any kind, except for the version, that a client may send before
  // login; one more closes the connection.  The parser limits the size of each.
  static constexpr uint32_t kAttemptsMax = 32;
  // The number of refused logins among these.
  static constexpr uint32_t kRefusalsMax = 8;

  std::unique_ptr<SaslSession> session;
  std::optional<SaslReply> reply;   // the reply from the SASL service, not yet sent
  protocol::ReplyStyle style = {};  // of the request that is replied to
  protocol::SaslRequest::Kind kind = protocol::SaslRequest::Kind::List;
  uint32_t attempt_count = 0;
  uint32_t refusal_count = 0;
};

}  // namespace larder::server
