// A client of etcd: keys, transactions, leases and a watch, by its JSON gateway.
//
// Each call asks one endpoint, the one that answered last, and the next one if that cannot be
// reached or is without a leader, until all have been asked once.  A call may therefore have been
// executed although it failed, or more than once.  With a user it logs in first, and again when
// etcd does not know the token any more.
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
    // One line user:password, read at each login; empty: no login.
    std::string user_file;
    uint32_t request_milliseconds_max = 1000;  // for one endpoint
    // For a login at the last endpoint there is to ask.  etcd makes passwords slow to check on
    // purpose, and checks those of many nodes when it is back; but while there is another one to
    // ask, one that hangs has no more time than for any request.
    uint32_t login_milliseconds_max = 5000;
  };

  explicit EtcdClient(Settings settings);

  base::Result<EtcdRange> range(const EtcdKeys& keys);
  // Whether everything was unchanged, and so the rest was done.
  base::Result<bool> commit(const EtcdTransaction& transaction);

  base::Result<EtcdLease> grant(uint32_t ttl_seconds);
  // Seconds that the lease has again; 0: there is no such lease.
  base::Result<uint32_t> keep_alive(int64_t lease);
  base::Outcome revoke(int64_t lease);

  // Watches at the endpoint that answered last, instead of what was watched before.
  void watch(const EtcdKeys& keys, int64_t from_revision);
  void unwatch() { http_.close_stream(); }
  // Whether another endpoint has answered since then: what is watched may have become silent.
  bool watches_elsewhere() const { return watched_ != current_; }
  // True: some of the keys may have changed.  False: the time is over, or somebody called wake().
  // An Error once the watch has ended.  Without a watch it only waits.
  base::Result<bool> wait_for_change(uint32_t milliseconds);

  void wake() noexcept { http_.wake(); }
  // As EtcdHttp's.
  void give_up_at(int64_t monotonic_us) noexcept { http_.give_up_at(monotonic_us); }

  // The one that answered last.
  const std::string& endpoint() const { return settings_.endpoints[current_]; }
  // Requests that failed, one for each endpoint that was asked, and watches that ended.
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
  size_t current_ = 0;  // endpoint
  size_t watched_ = 0;
  std::string token_;
  bool is_logged_in_ = false;  // or etcd wants no logins
  base::OwnedCounter errors_;
};

}  // namespace larder::server
