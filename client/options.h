// How a Client behaves; all of it has defaults but the nodes.
//
// Threads: plain values.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "client/address.h"
#include "client/ring_kind.h"

namespace larder::client {

struct NodeConfig {
  Address address = {};
  uint32_t weight = 1;         // for rings that know weights
  std::string ring_host = {};  // the node's name on the ring; empty: the address's host or path
  std::string tls_name = {};   // the name its certificate must have; empty: the address's host

  friend bool operator==(const NodeConfig&, const NodeConfig&) = default;
};

// Sent to a server that wants text clients to log in (-Y) before anything else on a connection.
//
// SASL is not here: it lives in the binary protocol, and a server settles by the first byte of a
// connection which protocol it speaks, so a connection that logged in by SASL can never speak meta.
struct Login {
  std::string user;  // no blank in it
  std::string password;
};

// How connections are encrypted.  Files are in PEM and are read once, by Client::make().
struct TlsOptions {
  std::string ca_file = {};           // who vouches for servers; empty: the system's authorities
  std::string certificate_file = {};  // the client's own, for servers that want one
  std::string key_file = {};          // its key; empty: in the same file
  // The name that every server's certificate must have; empty: the name or address of the node.
  std::string server_name = {};
  // False: any certificate will do, so anybody can pass for the server.
  bool verifies = true;
};

// When a node counts as down, and for how long.
struct HealthOptions {
  uint32_t failures_max = 3;  // in a row, until it is ejected; 0: it never is
  std::chrono::milliseconds backoff_min{1'000};
  std::chrono::milliseconds backoff_max{60'000};
  // Up to this share of a back-off is left out by chance, so that clients do not come back at once.
  double jitter = 0.25;
};

enum class FailureMode : uint8_t {
  // A node that is down is off the ring: its keys belong to others until it is back.  Not for
  // RingKind::Jump, where nearly all the others' keys would move as well.
  Eject,
  Strict,  // the ring stays: operations on a down node's keys fail at once
};

struct DiscoveryOptions {
  // Of a node that says both its name and its IP: whether the IP is what is connected to, and the
  // name of the node on the ring.  Clients that share keys have to agree.  A certificate must have
  // the name in any case.
  bool uses_ip = true;
};

struct Options {
  std::vector<NodeConfig> nodes = {};
  RingKind ring = RingKind::Ketama;
  FailureMode failure_mode = FailureMode::Eject;
  HealthOptions health = {};
  std::optional<Login> login = {};
  std::optional<TlsOptions> tls = {};  // set: all connections are encrypted
  // Set: `nodes` are only asked by `config get cluster` which the nodes are.
  std::optional<DiscoveryOptions> discovery = {};

  std::chrono::milliseconds connect_timeout{250};    // TLS and logging in included
  std::chrono::milliseconds request_timeout{1'000};  // once connections are there
  size_t connections_max = 64;                       // of a node, in use at the same time
  size_t idle_connections_max = 8;                   // of a node, kept for the next operation
};

}  // namespace larder::client
