// The text by which a cluster's nodes are told: what `config get cluster` answers.
//
//   12\n
//   name|ip|port name|ip|port\n
//
// The first line is a version, which goes up with every change.  The ip may be left out, its bars
// may not.
//
// Threads: pure functions and plain values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace larder::client {

struct ClusterNode {
  std::string host;
  std::string ip;  // may be empty
  uint16_t port = 0;

  friend bool operator==(const ClusterNode&, const ClusterNode&) = default;
};

struct ClusterText {
  uint64_t version = 0;
  std::vector<ClusterNode> nodes;  // at least one
};

// Line ends may be "\n" or "\r\n"; what is empty behind the nodes is passed over.
base::Result<ClusterText> parse_cluster_text(std::string_view text);

}  // namespace larder::client
