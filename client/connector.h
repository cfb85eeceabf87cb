// Connects to nodes as configured: with TLS and a login, if the options say so.
//
// Threads: any.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "client/address.h"
#include "client/connection.h"
#include "client/deadline.h"
#include "client/error.h"
#include "client/options.h"

namespace larder::client {

class Connector {
 public:
  // Without TLS or a login.
  Connector() = default;
  // Fails if the TLS files cannot be read.
  static Result<Connector> make(const std::optional<Login>& login,
                                const std::optional<TlsOptions>& tls);

  // `tls_name` is the name that the certificate must have unless TlsOptions::server_name is set; if
  // empty, the address's host.
  Result<Connection> connect(const Address& address, std::string_view tls_name,
                             Deadline deadline) const;

 private:
  std::optional<Login> login_;
  std::shared_ptr<const TlsContext> tls_;  // null: no TLS
};

}  // namespace larder::client
