// The certificate, key and settings with which clients are served over TLS.
//
// reload() reads the files again and, if they are valid, replaces everything at once: new
// connections use the new certificate, existing ones keep theirs.  Sessions from before the last
// reload cannot be resumed.
//
// Threads: any.  One mutex, acquired last; it is held while a session is created, not while files
// are read.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "server/net/tls_session.h"
#include "server/options/tls_mode.h"
#include "server/options/tls_options.h"
#include "server/support/worker_counters.h"

struct ssl_ctx_st;

namespace larder::server {

class TlsContext {
 public:
  // Reads the files that the options name; relative paths are resolved in the current directory.
  // An error is one line in the wording of upstream.
  static base::Result<std::unique_ptr<TlsContext>> load(const TlsOptions& options);

  // On failure nothing changes.
  base::Outcome reload(base::Time now);

  // When the current certificate was read.
  base::Time loaded_at() const noexcept { return loaded_at_.load(std::memory_order_relaxed); }

  // The expiry date (notAfter) of the served certificate, as Unix time.
  int64_t expires_at() const noexcept { return expires_at_.load(std::memory_order_relaxed); }

  // For a client that has just connected; `fd` and `counters` must outlive the session.  Null if
  // out of memory.  Precondition: `mode` is not Off.
  std::unique_ptr<TlsSession> start_session(int fd, TlsMode mode, WorkerCounters& counters) const;

 private:
  struct Free {
    void operator()(ssl_ctx_st* context) const noexcept;
  };
  using Handle = std::unique_ptr<ssl_ctx_st, Free>;

  explicit TlsContext(const TlsOptions& options) : options_(options) {}
  base::Result<Handle> read_files(bool may_ask) const;
  base::Outcome read_certificate(ssl_ctx_st* context) const;
  base::Outcome read_authorities(ssl_ctx_st* context) const;
  void put(Handle context);
  void set_rules(ssl_ctx_st* context) const;

  TlsOptions options_;  // with absolute file names
  mutable std::mutex mutex_;
  Handle context_;  // guarded by mutex_
  std::atomic<base::Time> loaded_at_{base::Clock::kStartSeconds};
  std::atomic<int64_t> expires_at_{0};
};

}  // namespace larder::server
