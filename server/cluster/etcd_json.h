// Requests and replies of etcd's JSON gateway: its version 3 API as JSON, with keys and values in
// base64 and 64-bit numbers as strings.
//
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace larder::server {

// The keys in [begin, end).
struct EtcdKeys {
  std::string begin;
  std::string end;
};
// The keys that begin with `prefix`, which is not empty and does not end with the byte 0xff.
EtcdKeys keys_under(std::string prefix);

struct EtcdKeyValue {
  std::string key;
  std::string value;
  int64_t mod_revision = 0;
  int64_t lease = 0;  // 0: none

  bool operator==(const EtcdKeyValue&) const = default;
};

// The pairs of a range of keys at one revision.
struct EtcdRange {
  int64_t revision = 0;
  std::vector<EtcdKeyValue> pairs;
};

struct EtcdPut {
  std::string key;
  std::string value;
  int64_t lease = 0;  // 0: none
};

// Executed as a whole, and only if each key in `unchanged` still has the given mod_revision; 0
// means that the key does not exist.
struct EtcdTransaction {
  struct Unchanged {
    std::string key;
    int64_t mod_revision;
  };
  std::vector<Unchanged> unchanged;
  std::vector<EtcdPut> puts;
  std::vector<std::string> removed;
};

struct EtcdLease {
  int64_t id = 0;
  uint32_t ttl_seconds = 0;  // as granted; may be longer than requested
};

// One line of a watch.
struct EtcdWatchLine {
  bool is_created = false;  // the watch is established
  bool has_events = false;
  bool is_canceled = false;
  std::string reason;  // of the cancellation
};

// An error reply; `code` is a gRPC status code.
struct EtcdRefusal {
  static constexpr int kUnauthenticated = 16;

  int code = 0;  // 0: the reply has none
  std::string message;
};

std::string encode_range(const EtcdKeys& keys);
std::string encode_transaction(const EtcdTransaction& transaction);
std::string encode_grant(uint32_t ttl_seconds);
std::string encode_lease(int64_t id);
std::string encode_watch(const EtcdKeys& keys, int64_t from_revision);
std::string encode_login(std::string_view user, std::string_view password);

base::Result<EtcdRange> decode_range(std::string_view body);
// Whether the transaction was executed.
base::Result<bool> decode_transaction(std::string_view body);
base::Result<EtcdLease> decode_grant(std::string_view body);
// The TTL of the lease in seconds; 0: there is no such lease.
base::Result<uint32_t> decode_keep_alive(std::string_view body);
base::Result<EtcdWatchLine> decode_watch_line(std::string_view line);
// The token.
base::Result<std::string> decode_login(std::string_view body);
EtcdRefusal decode_refusal(std::string_view body);

}  // namespace larder::server
