// Options of a Client; all but the nodes have defaults.
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
  uint32_t weight = 1;         // for ring kinds with weights
  std::string ring_host = {};  // the node's name on the ring; empty: the address's host or path
  std::string tls_name = {};   // the name that its certificate must have; empty: the address's host

  friend bool operator==(const NodeConfig&, const NodeConfig&) = default;
};

// The login for servers that require text clients to authenticate (-Y) before any other request.
//
// SASL is not supported: it is part of the binary protocol, and the first byte of a connection
// decides which protocol the server speaks, so a connection with a SASL login cannot use meta
// commands.
struct Login {
  std::string user;  // without blanks
  std::string password;
};

// TLS settings.  Files are in PEM format and are read once, by Client::make().
struct TlsOptions {
  std::string ca_file = {};           // trusted authorities; empty: the system's
  std::string certificate_file = {};  // the client's certificate, for servers that require one
  std::string key_file = {};          // its private key; empty: in the same file
  // The name that every server's certificate must have; empty: the name or address of the node.
  std::string server_name = {};
  // False: certificates are not verified, so any host can impersonate the server.
  bool verifies = true;
};

// When a node is ejected, and for how long.
struct HealthOptions {
  uint32_t failures_max = 3;  // consecutive failures that eject a node; 0: never ejected
  std::chrono::milliseconds backoff_min{1'000};
  std::chrono::milliseconds backoff_max{60'000};
  // The back-off is shortened by a random part of up to this share, so that clients do not retry at
  // the same time.
  double jitter = 0.25;
};

enum class FailureMode : uint8_t {
  // A node that is down is removed from the ring: its keys move to other nodes until it is back.
  // Not for RingKind::Jump, where this would move nearly all other keys as well.
  Eject,
  Strict,  // the ring does not change: operations on a down node's keys fail at once
};

struct DiscoveryOptions {
  // For nodes that are listed with both a host name and an IP address: whether to connect to the IP
  // address and use it as the node's name on the ring.  Clients that share keys must agree on this.
  // A certificate must have the host name in any case.
  bool uses_ip = true;
};

struct Options {
  std::vector<NodeConfig> nodes = {};
  RingKind ring = RingKind::Ketama;
  FailureMode failure_mode = FailureMode::Eject;
  HealthOptions health = {};
  std::optional<Login> login = {};
  std::optional<TlsOptions> tls = {};  // set: all connections use TLS
  // Set: `nodes` are only used to request the list of nodes by `config get cluster`.
  std::optional<DiscoveryOptions> discovery = {};

  std::chrono::milliseconds connect_timeout{250};    // including TLS handshake and login
  std::chrono::milliseconds request_timeout{1'000};  // after connections are established
  size_t connections_max = 64;                       // per node, in use at the same time
  size_t idle_connections_max = 8;                   // per node, kept for later operations
};

}  // namespace larder::client
