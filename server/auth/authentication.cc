#include "server/auth/authentication.h"

#include <utility>

#include "server/options/options.h"

namespace larder::server {

base::Result<std::unique_ptr<Authentication>> Authentication::start(const Options& options) {
  auto authentication = std::make_unique<Authentication>();
  if (!options.auth_file.empty()) {
    authentication->file_ =
        std::make_unique<CredentialFile>(options.auth_file, Credentials::Format::Plain);
    if (const base::Outcome read = authentication->file_->reload(); !read) return read.error();
  }
  if (options.uses_sasl) {
    auto library = SaslLibrary::start(options.verbosity);
    if (!library) return library.error();
    authentication->library_ = std::move(*library);
    authentication->sasl_ = std::make_unique<SaslService>();
  }
  return authentication;
}

base::Outcome Authentication::reload() {
  if (file_ != nullptr) {
    if (const base::Outcome read = file_->reload(); !read) return read;
  }
  return library_ != nullptr ? library_->reload() : base::Outcome(base::Done{});
}

}  // namespace larder::server
