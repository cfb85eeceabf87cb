// HTTP as etcd's gateway wants it: requests one after the other, and beside them one reply that
// does not end.
//
// Everything happens inside post() and wait(), also what comes for the stream while a request is
// waited for.  No proxy, whatever the environment says, and no redirection.
//
// Threads: one owner; wake() and give_up_at() any.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"

namespace larder::server {

class EtcdHttp {
 public:
  // Of one reply, and of one line of the stream.
  static constexpr size_t kReplySizeMax = size_t{8} << 20;

  // Paths, read at each new connection; empty: not given.
  struct TlsFiles {
    std::string authority;  // instead of those that the system trusts
    std::string certificate;
    std::string key;
  };
  struct Request {
    std::string url;
    std::string body;   // JSON
    std::string token;  // of a login; empty: none
  };
  struct Reply {
    int status = 0;
    std::string body;
  };

  explicit EtcdHttp(TlsFiles files);
  ~EtcdHttp();
  EtcdHttp(const EtcdHttp&) = delete;
  EtcdHttp& operator=(const EtcdHttp&) = delete;

  base::Result<Reply> post(const Request& request, uint32_t milliseconds_max);

  // Instead of one that is open.  Whether it can be had says wait().
  void open_stream(const Request& request);
  void close_stream();

  // The next line of the stream, or nothing: the time is over, or somebody has called wake().
  // An Error once a stream has ended; it is closed then.  Without a stream it only waits.
  base::Result<std::optional<std::string>> wait(uint32_t milliseconds);

  // Ends a wait(), the present one or else the next.
  void wake() noexcept;
  // From that moment on, in monotonic_microseconds(), every post() fails.
  void give_up_at(int64_t monotonic_us) noexcept;

 private:
  struct Transfer;

  void begin(Transfer& transfer, const Request& request, uint32_t milliseconds_max);
  void end(Transfer& transfer);
  // Lets transfers go on, and waits for at most so long if nothing happens.
  void turn(int64_t microseconds_max);

  const TlsFiles files_;
  void* multi_;  // CURLM*
  std::unique_ptr<Transfer> call_;
  std::unique_ptr<Transfer> stream_;
  std::atomic<bool> is_woken_{false};
  std::atomic<int64_t> give_up_at_us_{std::numeric_limits<int64_t>::max()};
};

}  // namespace larder::server
