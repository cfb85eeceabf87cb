// HTTP for etcd's gateway: one request at a time, and at the same time one streamed reply.
//
// All I/O happens in post() and wait(); post() also receives data of the stream.  Proxy settings in
// the environment are ignored, and redirects are not followed.
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
  // The limit for a reply, and for a line of the stream.
  static constexpr size_t kReplySizeMax = size_t{8} << 20;

  // Paths; the files are read at each new connection.  Empty: not given.
  struct TlsFiles {
    std::string authority;  // replaces the system's trusted CAs
    std::string certificate;
    std::string key;
  };
  struct Request {
    std::string url;
    std::string body;   // JSON
    std::string token;  // from a login; empty: none
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

  // Replaces an open stream.  Errors are reported by wait().
  void open_stream(const Request& request);
  void close_stream();

  // Returns the next line of the stream, nullopt after the timeout or wake(), or an Error when the
  // stream has ended, which also closes it.  Without a stream it only waits.
  base::Result<std::optional<std::string>> wait(uint32_t milliseconds);

  // Ends the current wait(), or else the next one.
  void wake() noexcept;
  // From that time on, in monotonic_microseconds(), every post() fails.
  void give_up_at(int64_t monotonic_us) noexcept;

 private:
  struct Transfer;

  void begin(Transfer& transfer, const Request& request, uint32_t milliseconds_max);
  void end(Transfer& transfer);
  // Runs the transfers; waits for I/O for at most this long.
  void turn(int64_t microseconds_max);

  const TlsFiles files_;
  void* multi_;  // CURLM*
  std::unique_ptr<Transfer> call_;
  std::unique_ptr<Transfer> stream_;
  std::atomic<bool> is_woken_{false};
  std::atomic<int64_t> give_up_at_us_{std::numeric_limits<int64_t>::max()};
};

}  // namespace larder::server
