// An etcd client: keys, transactions, leases and a watch, over etcd's JSON gateway.
//
// A call starts with the endpoint that answered last.  If that cannot be reached or has no leader,
// the next one is tried, until all have been tried once.  A failed call may therefore have been
// executed, and a call may be executed more than once.  With a user the client logs in first, and
// again when etcd rejects the token.
//
// Threads: one owner; wake(), give_up_at() and error_count() any.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/counter.h"
#include "base/result.h"
#include "server/cluster/etcd_http.h"
#include "server/cluster/etcd_json.h"

namespace larder::server {

class EtcdClient {
 public:
  struct Settings {
    std::vector<std::string> endpoints;  // "http://10.0.0.1:2379"; at least one
    EtcdHttp::TlsFiles tls;
    // Contains one line user:password, read at each login; empty: no login.
    std::string user_file;
    uint32_t request_milliseconds_max = 1000;  // per endpoint
    // For a login at the last endpoint to try.  Password checks are slow by design, and etcd must
    // check those of many nodes when it comes back.  At the other endpoints a login has the same
    // limit as a request, so that a hanging endpoint delays the next one no longer.
    uint32_t login_milliseconds_max = 5000;
  };

  explicit EtcdClient(Settings settings);

  base::Result<EtcdRange> range(const EtcdKeys& keys);
  // True if all keys were unchanged and the transaction was executed.
  base::Result<bool> commit(const EtcdTransaction& transaction);

  base::Result<EtcdLease> grant(uint32_t ttl_seconds);
  // Renews the lease and returns its TTL in seconds; 0: there is no such lease.
  base::Result<uint32_t> keep_alive(int64_t lease);
  base::Outcome revoke(int64_t lease);

  // Replaces the current watch by one at the endpoint that answered last.
  void watch(const EtcdKeys& keys, int64_t from_revision);
  void unwatch() { http_.close_stream(); }
  // Whether another endpoint has answered since watch(), so that the watch may be dead.
  bool watches_elsewhere() const { return watched_ != current_; }
  // Returns true if some of the keys may have changed, false after the timeout or wake(), and an
  // Error when the watch has ended.  Without a watch it only waits.
  base::Result<bool> wait_for_change(uint32_t milliseconds);

  void wake() noexcept { http_.wake(); }
  // See EtcdHttp.
  void give_up_at(int64_t monotonic_us) noexcept { http_.give_up_at(monotonic_us); }

  // The endpoint that answered last.
  const std::string& endpoint() const { return settings_.endpoints[current_]; }
  // Failed requests, counted once per endpoint tried, and watches that ended.
  uint64_t error_count() const noexcept { return errors_.get(); }

 private:
  struct Answer;

  EtcdHttp::Request request_to(std::string_view path, std::string body) const;
  base::Result<std::string> ask(std::string_view path, const std::string& body);
  Answer ask_current(std::string_view path, const std::string& body,
                     uint32_t login_milliseconds_max);
  Answer ask_once(std::string_view path, const std::string& body, uint32_t milliseconds_max);
  Answer log_in(uint32_t milliseconds_max);
  base::Error count(base::Error error);

  const Settings settings_;
  EtcdHttp http_;
  size_t current_ = 0;  // index of an endpoint
  size_t watched_ = 0;
  std::string token_;
  bool is_logged_in_ = false;  // or etcd has authentication disabled
  base::OwnedCounter errors_;
};

}  // namespace larder::server
