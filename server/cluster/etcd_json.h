// What etcd's JSON gateway is asked and answers: its version 3 API as JSON, with keys and values in
// base64 and numbers of 64 bits in text.
//
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace larder::server {

// Keys from `begin` to before `end`.
struct EtcdKeys {
  std::string begin;
  std::string end;
};
// Those that begin with `prefix`, which is not empty and does not end with the byte 0xff.
EtcdKeys keys_under(std::string prefix);

struct EtcdKeyValue {
  std::string key;
  std::string value;
  int64_t mod_revision = 0;
  int64_t lease = 0;  // 0: none

  bool operator==(const EtcdKeyValue&) const = default;
};

// What was there at one revision of everything.
struct EtcdRange {
  int64_t revision = 0;
  std::vector<EtcdKeyValue> pairs;
};

struct EtcdPut {
  std::string key;
  std::string value;
  int64_t lease = 0;  // 0: none
};

// All of it, or nothing: if each key of `unchanged` still has that mod_revision, 0 if there is to
// be no such key.
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
  uint32_t ttl_seconds = 0;  // what etcd grants, which may be more than was asked for
};

// One line of a watch.
struct EtcdWatchLine {
  bool is_created = false;  // the watch is set up
  bool has_events = false;
  bool is_canceled = false;
  std::string reason;  // of being canceled
};

// Why etcd refuses; `code` is gRPC's.
struct EtcdRefusal {
  static constexpr int kUnauthenticated = 16;

  int code = 0;  // 0: etcd has given none
  std::string message;
};

std::string encode_range(const EtcdKeys& keys);
std::string encode_transaction(const EtcdTransaction& transaction);
std::string encode_grant(uint32_t ttl_seconds);
std::string encode_lease(int64_t id);
std::string encode_watch(const EtcdKeys& keys, int64_t from_revision);
std::string encode_login(std::string_view user, std::string_view password);

base::Result<EtcdRange> decode_range(std::string_view body);
// Whether everything was unchanged.
base::Result<bool> decode_transaction(std::string_view body);
base::Result<EtcdLease> decode_grant(std::string_view body);
// Seconds that the lease has left; 0: there is no such lease.
base::Result<uint32_t> decode_keep_alive(std::string_view body);
base::Result<EtcdWatchLine> decode_watch_line(std::string_view line);
// The token.
base::Result<std::string> decode_login(std::string_view body);
EtcdRefusal decode_refusal(std::string_view body);

}  // namespace larder::server
