// The text by which a cluster's nodes are told: what `config get cluster` answers.
//
//   12\n
//   name|ip|port name|ip|port\n
//
// The first line is a version, which goes up with every change.  The ip may be left out, its bars
// may not.  What other servers tell is read too: this takes names, versions and line ends that
// base/cluster_text.h, which has what we tell, does not.
//
// Threads: pure functions and plain values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/cluster_text.h"
#include "base/result.h"

namespace larder::client {

using base::ClusterNode;

struct ClusterText {
  uint64_t version = 0;
  std::vector<ClusterNode> nodes;  // at least one
};

// Line ends may be "\n" or "\r\n"; what is empty behind the nodes is passed over.
base::Result<ClusterText> parse_cluster_text(std::string_view text);

}  // namespace larder::client
