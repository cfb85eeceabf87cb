// Cyrus SASL behind our types: the mechanisms the installed plugins offer, as application
// "memcached".
//
// Where users are kept is the library's configuration: the file memcached.conf in SASL_CONF_PATH or
// in its usual places.  If MEMCACHED_SASL_PWDB names a file of "user:password" lines, PLAIN alone
// is offered and that file asked first; whom it does not know the library looks up as configured.
// ANONYMOUS is never offered.
//
// sasl_session.cc is the only file that includes <sasl/...>.
//
// Threads: the library is started once, before other threads; a session is used by one at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

struct sasl_conn;

namespace larder::server {

class CredentialFile;

enum class SaslOutcome : uint8_t { Done, Continues, Failed };

struct SaslReply {
  SaslOutcome outcome = SaslOutcome::Failed;
  std::string text = {};  // a challenge, if it continues; what was listed, if that was asked
  std::string user = {};  // who the client is, if a login is done
};

// Alive as long as any session.
class SaslLibrary {
 public:
  // `verbosity` as -v: how much of what the library says goes to stderr.
  static base::Result<std::unique_ptr<SaslLibrary>> start(int verbosity);
  // The same from now on.  Any thread; no library need be started.
  static void set_verbosity(int verbosity) noexcept;
  SaslLibrary(const SaslLibrary&) = delete;
  SaslLibrary& operator=(const SaslLibrary&) = delete;
  ~SaslLibrary();

  // Reads the password file again, if there is one.
  base::Outcome reload();

 private:
  SaslLibrary() = default;

  std::unique_ptr<CredentialFile> passwords_;  // if MEMCACHED_SASL_PWDB is set
};

// One client's attempts.  Any call may block, for as long as a plugin asks somebody else.
class SaslSession {
 public:
  SaslSession();
  SaslSession(const SaslSession&) = delete;
  SaslSession& operator=(const SaslSession&) = delete;
  ~SaslSession();

  // The names of the mechanisms, with spaces between them.
  SaslReply list();
  // Begins anew, whatever was before.
  SaslReply start(const std::string& mechanism, std::string_view data);
  // Precondition for success: start() said that it continues.
  SaslReply step(std::string_view data);

 private:
  bool open();
  void close() noexcept;
  std::string user_name() const;
  SaslReply reply_of(int result, const char* text, unsigned size);

  sasl_conn* connection_ = nullptr;
  bool is_started_ = false;
};

}  // namespace larder::server
