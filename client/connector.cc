#include "client/connector.h"

#include <utility>

#include "client/login.h"
#include "client/tls.h"

namespace larder::client {
namespace {

// No request has been sent yet, so a timeout here does not mean that a request went unanswered.
ErrorCode code_before_requests(ErrorCode code) {
  const bool is_of_request = code == ErrorCode::TimedOut || code == ErrorCode::ConnectionLost ||
                             code == ErrorCode::BadReply;
  return is_of_request ? ErrorCode::Unreachable : code;
}

}  // namespace

Result<Connector> Connector::make(const std::optional<Login>& login,
                                  const std::optional<TlsOptions>& tls) {
  Connector connector;
  connector.login_ = login;
  if (tls) {
    Result<std::shared_ptr<const TlsContext>> context = TlsContext::make(*tls);
    if (!context) return context.error();
    connector.tls_ = std::move(*context);
  }
  return connector;
}

Result<Connection> Connector::connect(const Address& address, std::string_view tls_name,
                                      Deadline deadline) const {
  Result<Connection> connection = Connection::connect(address, deadline);
  if (!connection) return connection;
  if (tls_ != nullptr) {
    const std::string_view name = tls_name.empty() ? std::string_view(address.host) : tls_name;
    const Outcome encrypted = connection->start_tls(*tls_, name, deadline);
    if (!encrypted) return encrypted.error();
  }
  if (login_) {
    const Outcome logged_in = log_in(*connection, *login_, deadline);
    if (!logged_in) {
      return fail(code_before_requests(logged_in.error().code),
                  address.text() + ": " + logged_in.error().text);
    }
  }
  return connection;
}

}  // namespace larder::client
