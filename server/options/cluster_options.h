// The cluster that clients learn of by `config get cluster`; docs/cluster.md describes it.
//
// Threads: plain values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/cluster_text.h"

namespace larder::server {

struct ClusterOptions {
  std::optional<base::ClusterNode> advertised_node;  // --advertise: this server, to others
  base::ClusterNodes cluster_nodes;                  // --nodes; empty: not given
  std::string cluster_nodes_file;                    // --nodes-file; empty: not given
  std::string cluster_state_file;                    // --cluster-state; empty: nothing is kept
  bool has_config_set = false;                       // -o config_set: clients may change it
  std::string cluster;                               // --cluster: etcd has it; empty: none
  std::vector<std::string> etcd_endpoints;           // --etcd, as URLs
  int etcd_ttl_seconds = 5;                          // --etcd-ttl
  std::string etcd_ca_file;                          // --etcd-ca; empty: what the system trusts
  std::string etcd_certificate_file;                 // --etcd-cert; empty: none
  std::string etcd_key_file;                         // --etcd-key
  std::string etcd_user_file;                        // --etcd-user-file; empty: no login
  int drain_seconds = -1;                            // -1: 5 with --cluster, else 0
};

}  // namespace larder::server
