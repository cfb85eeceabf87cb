// The cluster whose nodes clients get by `config get cluster`; see docs/cluster.md.
//
// Threads: plain values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/cluster_text.h"

namespace larder::server {

struct ClusterOptions {
  // --advertise: the address of this server for others.
  std::optional<base::ClusterNode> advertised_node;
  base::ClusterNodes cluster_nodes;         // --nodes; empty: not given
  std::string cluster_nodes_file;           // --nodes-file; empty: not given
  std::string cluster_state_file;           // --cluster-state; empty: no state is stored
  bool has_config_set = false;              // -o config_set: clients may change the list
  std::string cluster;                      // --cluster: its list is in etcd; empty: none
  std::vector<std::string> etcd_endpoints;  // --etcd, as URLs
  int etcd_ttl_seconds = 5;                 // --etcd-ttl
  std::string etcd_ca_file;                 // --etcd-ca; empty: the system's authorities
  std::string etcd_certificate_file;        // --etcd-cert; empty: none
  std::string etcd_key_file;                // --etcd-key
  std::string etcd_user_file;               // --etcd-user-file; empty: no login
  int drain_seconds = -1;                   // -1: 5 with --cluster, else 0
};

}  // namespace larder::server
