// Users and passwords from a file of "user:password" lines.
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

  // Whether a second ':' on a line begins a comment.
  enum class Format : uint8_t {
    Plain,         // -Y: everything after the first ':' is the password
    WithComments,  // MEMCACHED_SASL_PWDB: a ':' in the password may also end it
  };

  // Skips empty lines.  Fails, with the line number, on a line without ':' or one that is too long;
  // also fails if there is no user, because then no client could log in.
  static base::Result<Credentials> parse(std::string_view text, Format format);

  // Whether a user exists and has this password.  The duration depends on the sizes of the
  // arguments and the number of entries, not on their contents.
  bool match(std::string_view user, std::string_view password) const noexcept;

  size_t count() const noexcept { return entries_.size(); }

 private:
  struct Entry {
    std::string user;
    std::string password;
  };
  std::vector<Entry> entries_;
};

// A file of credentials that can be reloaded while other threads use it.
class CredentialFile {
 public:
  // match() returns false until the file has been read once.
  CredentialFile(std::string path, Credentials::Format format)
      : path_(std::move(path)), format_(format) {}

  const std::string& path() const noexcept { return path_; }

  // Reads the file.  If that fails, the previous contents stay in use.
  base::Outcome reload();

  bool match(std::string_view user, std::string_view password) const;

 private:
  const std::string path_;
  const Credentials::Format format_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Credentials> credentials_;  // guarded by mutex_
};

}  // namespace larder::server
