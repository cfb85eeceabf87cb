#include "server/auth/sasl_session.h"

#include <sasl/sasl.h>
#include <sasl/saslplug.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "server/auth/credentials.h"

namespace larder::server {
namespace {

constexpr const char* kApplication = "memcached";

std::atomic<int> verbosity{0};
std::string host;   // the name of this host, or empty
std::string realm;  // "@" and the name of this host

// Empty if the system does not provide it.
std::string host_name() {
  std::array<char, 1025> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : std::string();
}

// The library declares all callbacks as functions without arguments, which requires a cast.
template <class Function>
sasl_callback_ft callback_of(Function function) {
  return reinterpret_cast<sasl_callback_ft>(reinterpret_cast<void*>(function));
}

int on_message(void*, int level, const char* message) {
  const int needed = level == SASL_LOG_ERR ? 0 : level <= SASL_LOG_WARN ? 1 : 2;
  if (level != SASL_LOG_NONE && verbosity.load(std::memory_order_relaxed) >= needed) {
    std::fprintf(stderr, "SASL (severity %d): %s\n", level, message);
  }
  return SASL_OK;
}

int on_search_path(void*, const char** path) {
  *path = std::getenv("SASL_CONF_PATH");
  return *path != nullptr ? SASL_OK : SASL_FAIL;
}

// With the server's password file, PLAIN is the only possible mechanism.
int on_option(void*, const char*, const char* option, const char** result, unsigned* size) {
  if (std::strcmp(option, "mech_list") != 0) return SASL_FAIL;
  *result = "plain";
  if (size != nullptr) *size = 5;
  return SASL_OK;
}

int on_password(sasl_conn_t*, void* context, const char* user, const char* password, unsigned size,
                propctx*) noexcept {
  const auto* passwords = static_cast<const CredentialFile*>(context);
  const std::string_view given(password, size);
  // The library appends the name of this host to the name of a user who gave no realm.
  const std::string_view name(user);
  const bool has_our_realm = name.ends_with(realm);
  const std::string_view bare = name.substr(0, name.size() - (has_our_realm ? realm.size() : 0));
  const bool is_known = passwords->match(name, given) | passwords->match(bare, given);
  return is_known ? SASL_OK : SASL_NOAUTHZ;
}

// The library uses this array as long as it runs.
std::array<sasl_callback_t, 5> callbacks;

}  // namespace

base::Result<std::unique_ptr<SaslLibrary>> SaslLibrary::start(int verbosity_wanted) {
  set_verbosity(verbosity_wanted);
  host = host_name();
  realm = "@" + host;
  std::unique_ptr<SaslLibrary> library(new SaslLibrary());
  size_t count = 0;
  callbacks.fill({SASL_CB_LIST_END, nullptr, nullptr});
  callbacks[count++] = {SASL_CB_LOG, callback_of(&on_message), nullptr};
  if (std::getenv("SASL_CONF_PATH") != nullptr) {
    callbacks[count++] = {SASL_CB_GETCONFPATH, callback_of(&on_search_path), nullptr};
  }
  if (const char* path = std::getenv("MEMCACHED_SASL_PWDB")) {
    library->passwords_ = std::make_unique<CredentialFile>(path, Credentials::Format::WithComments);
    if (base::Outcome read = library->passwords_->reload(); !read) return read.error();
    callbacks[count++] = {SASL_CB_GETOPT, callback_of(&on_option), nullptr};
    callbacks[count++] = {SASL_CB_SERVER_USERDB_CHECKPASS, callback_of(&on_password),
                          library->passwords_.get()};
  }
  const int result = ::sasl_server_init(callbacks.data(), kApplication);
  if (result != SASL_OK) {
    return base::fail(std::string("Error initializing sasl: ") +
                      ::sasl_errstring(result, nullptr, nullptr));
  }
  return library;
}

void SaslLibrary::set_verbosity(int wanted) noexcept {
  verbosity.store(wanted, std::memory_order_relaxed);
}

SaslLibrary::~SaslLibrary() { ::sasl_server_done(); }

base::Outcome SaslLibrary::reload() {
  return passwords_ != nullptr ? passwords_->reload() : base::Outcome(base::Done{});
}

SaslSession::SaslSession() = default;

SaslSession::~SaslSession() { close(); }

bool SaslSession::open() {
  if (connection_ != nullptr) return true;
  if (::sasl_server_new(kApplication, nullptr, host.empty() ? nullptr : host.c_str(), nullptr,
                        nullptr, nullptr, 0, &connection_) != SASL_OK) {
    return false;
  }
  // Anonymous logins would make authentication pointless.
  sasl_security_properties_t properties{};
  properties.security_flags = SASL_SEC_NOANONYMOUS;
  return ::sasl_setprop(connection_, SASL_SEC_PROPS, &properties) == SASL_OK;
}

void SaslSession::close() noexcept {
  if (connection_ != nullptr) ::sasl_dispose(&connection_);
  connection_ = nullptr;
  is_started_ = false;
}

SaslReply SaslSession::list() {
  const char* names = nullptr;
  unsigned size = 0;
  if (!open() ||
      ::sasl_listmech(connection_, nullptr, "", " ", "", &names, &size, nullptr) != SASL_OK) {
    return {};
  }
  return {SaslOutcome::Done, {names, size}};
}

SaslReply SaslSession::start(const std::string& mechanism, std::string_view data) {
  close();
  if (!open()) return {};
  const char* text = nullptr;
  unsigned size = 0;
  const int result =
      ::sasl_server_start(connection_, mechanism.c_str(), data.empty() ? nullptr : data.data(),
                          static_cast<unsigned>(data.size()), &text, &size);
  return reply_of(result, text, size);
}

SaslReply SaslSession::step(std::string_view data) {
  if (!is_started_) return {};
  const char* text = nullptr;
  unsigned size = 0;
  const int result = ::sasl_server_step(connection_, data.data(),
                                        static_cast<unsigned>(data.size()), &text, &size);
  return reply_of(result, text, size);
}

// The name of the user that has just logged in; empty if the library does not provide it.
std::string SaslSession::user_name() const {
  const void* name = nullptr;
  const int result = ::sasl_getprop(connection_, SASL_USERNAME, &name);
  return result == SASL_OK && name != nullptr ? static_cast<const char*>(name) : std::string();
}

SaslReply SaslSession::reply_of(int result, const char* text, unsigned size) {
  is_started_ = result == SASL_CONTINUE;
  if (result == SASL_OK) return {SaslOutcome::Done, {}, user_name()};
  if (result != SASL_CONTINUE) return {};
  return {SaslOutcome::Continues, text != nullptr ? std::string(text, size) : std::string()};
}

}  // namespace larder::server
