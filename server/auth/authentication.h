// Whom the server lets in: nobody is asked, or everybody by SASL (-S), or everybody by a password
// file (-Y).
//
// Threads: made and destroyed by the control thread, before and after workers run; what is const
// and reload() may be called from any.
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
  // Nobody is asked.
  Authentication() = default;
  // Reads what the options name.
  static base::Result<std::unique_ptr<Authentication>> start(const Options& options);

  // What a client may do who has just connected.
  protocol::Access access_at_first() const noexcept {
    return file_ || sasl_ ? protocol::Access::Stranger : protocol::Access::Open;
  }

  // For text.  False without a password file.
  bool match(std::string_view user, std::string_view password) const {
    return file_ && file_->match(user, password);
  }

  // Null without SASL.
  SaslService* sasl() const noexcept { return sasl_.get(); }

  // Reads the password file again; on failure what was read before stays in force.
  base::Outcome reload();

  // Waits for the SASL request at hand; no answer comes after this.
  void stop() {
    if (sasl_ != nullptr) sasl_->stop();
  }

 private:
  std::unique_ptr<CredentialFile> file_;
  std::unique_ptr<SaslLibrary> library_;
  std::unique_ptr<SaslService> sasl_;  // after library_: ends before it
};

}  // namespace larder::server
