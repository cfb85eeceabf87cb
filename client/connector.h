// Connects to nodes as the options say: under TLS, if there is to be any, and logged in.
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
  // Plain, without a login.
  Connector() = default;
  // Fails if the files for TLS cannot be read.
  static Result<Connector> make(const std::optional<Login>& login,
                                const std::optional<TlsOptions>& tls);

  // `tls_name`: what the certificate must have unless TlsOptions::server_name is set; empty: the
  // address's host.
  Result<Connection> connect(const Address& address, std::string_view tls_name,
                             Deadline deadline) const;

 private:
  std::optional<Login> login_;
  std::shared_ptr<const TlsContext> tls_;  // null: plain
};

}  // namespace larder::client
