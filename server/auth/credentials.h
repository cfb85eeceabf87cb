// Users and their passwords, from a file of "user:password" lines.
//
// Threads: Credentials is immutable; CredentialFile may be used from any.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace larder::server {

class Credentials {
 public:
  static constexpr size_t kLineSizeMax = 255;

  // How a line ends; what stands behind a password's own ':' may be a comment.
  enum class Format : uint8_t {
    Plain,         // -Y: everything behind the first ':' is the password
    WithComments,  // MEMCACHED_SASL_PWDB: a ':' in it may end it as well
  };

  // Empty lines are passed over.  Fails, naming the line, on one without ':' or too long; and if
  // there is no user at all, as then nobody could log in.
  static base::Result<Credentials> parse(std::string_view text, Format format);

  // Whether there is such a user with that password.  Takes a time that depends on the sizes of
  // what is given and on the number of entries, not on what is in them.
  bool match(std::string_view user, std::string_view password) const noexcept;

  size_t count() const noexcept { return entries_.size(); }

 private:
  struct Entry {
    std::string user;
    std::string password;
  };
  std::vector<Entry> entries_;
};

// A file of credentials that can be read again while it is asked.
class CredentialFile {
 public:
  // Read once at least before match() says yes to anybody.
  CredentialFile(std::string path, Credentials::Format format)
      : path_(std::move(path)), format_(format) {}

  const std::string& path() const noexcept { return path_; }

  // Reads the file; on failure what was read before stays in force.
  base::Outcome reload();

  bool match(std::string_view user, std::string_view password) const;

 private:
  const std::string path_;
  const Credentials::Format format_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Credentials> credentials_;  // guarded by mutex_
};

}  // namespace larder::server
