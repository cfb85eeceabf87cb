// An interface to Cyrus SASL: offers the mechanisms of the installed plugins, with "memcached" as
// the application name.
//
// The library's configuration defines where users are stored: the file memcached.conf in
// SASL_CONF_PATH or in the usual directories.  If MEMCACHED_SASL_PWDB names a file of
// "user:password" lines, only PLAIN is offered, and that file is checked first; the library looks
// up other users as configured.  ANONYMOUS is never offered.
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
  std::string text = {};  // the challenge, if it continues; or the list of mechanisms
  std::string user = {};  // the user name, if the login has succeeded
};

// Must outlive all sessions.
class SaslLibrary {
 public:
  // `verbosity` is the number of -v: how many of the library's messages are written to stderr.
  static base::Result<std::unique_ptr<SaslLibrary>> start(int verbosity);
  // Changes this later.  Any thread; the library need not be started.
  static void set_verbosity(int verbosity) noexcept;
  SaslLibrary(const SaslLibrary&) = delete;
  SaslLibrary& operator=(const SaslLibrary&) = delete;
  ~SaslLibrary();

  // Reloads the password file, if there is one.
  base::Outcome reload();

 private:
  SaslLibrary() = default;

  std::unique_ptr<CredentialFile> passwords_;  // if MEMCACHED_SASL_PWDB is set
};

// The login attempts of one client.  Any call may block while a plugin waits for another service.
class SaslSession {
 public:
  SaslSession();
  SaslSession(const SaslSession&) = delete;
  SaslSession& operator=(const SaslSession&) = delete;
  ~SaslSession();

  // The names of the mechanisms, separated by spaces.
  SaslReply list();
  // Starts a new attempt, whatever happened before.
  SaslReply start(const std::string& mechanism, std::string_view data);
  // Succeeds only if the last call returned that the attempt continues.
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
