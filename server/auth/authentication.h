// Authentication of clients: none, SASL for all clients (-S), or a password file for all (-Y).
//
// Threads: the control thread creates and destroys it, before and after the workers run; const
// functions and reload() may be called from any thread.
#pragma once

#include <memory>

#include "base/result.h"
#include "protocol/parse.h"
#include "server/auth/credentials.h"
#include "server/auth/sasl_service.h"
#include "server/auth/sasl_session.h"

namespace larder::server {

struct Options;

class Authentication {
 public:
  // Without authentication.
  Authentication() = default;
  // Reads the files that the options name.
  static base::Result<std::unique_ptr<Authentication>> start(const Options& options);

  // The access of a client that has just connected.
  protocol::Access access_at_first() const noexcept {
    return file_ || sasl_ ? protocol::Access::Stranger : protocol::Access::Open;
  }

  // For the text protocol.  False if there is no password file.
  bool match(std::string_view user, std::string_view password) const {
    return file_ && file_->match(user, password);
  }

  // Null if SASL is not used.
  SaslService* sasl() const noexcept { return sasl_.get(); }

  // Reloads the password file.  If that fails, the previous contents stay in use.
  base::Outcome reload();

  // Waits for the SASL request in progress; there are no replies after this.
  void stop() {
    if (sasl_ != nullptr) sasl_->stop();
  }

 private:
  std::unique_ptr<CredentialFile> file_;
  std::unique_ptr<SaslLibrary> library_;
  std::unique_ptr<SaslService> sasl_;  // declared after library_, so it is destroyed first
};

}  // namespace larder::server
