#include "larderctl/nodes_command.h"

#include <algorithm>
#include <string>

#include "larderctl/endpoints.h"
#include "larderctl/node_status.h"
#include "larderctl/nodes_json.h"
#include "larderctl/nodes_table.h"
#include "larderctl/options.h"

namespace larder::ctl {
namespace {

constexpr std::string_view kName = "nodes";
constexpr OptionRow kEndpointRows[] = {
    {"endpoint", "LIST",
     "host:port of nodes, with commas between them and brackets around\n"
     "IPv6; the list is taken from the first one that responds"},
};
constexpr OptionRow kOutputRows[] = {
    {"json", "", "print JSON"},
    {"help", "", "this text"},
};

struct NodesOptions {
  std::vector<client::Address> endpoints;
  Access access;
  bool is_json = false;
  bool help = false;
};

std::vector<OptionRow> rows() { return joined({kEndpointRows, kAccessRows, kOutputRows}); }

std::string help_text() {
  return "usage: larderctl nodes --endpoint host:port[,host:port...] [options]\n"
         "\n"
         "Prints the nodes of a cluster with their status.  The exit status is also 1 if a node "
         "is\n"
         "down.\n"
         "\n" +
         options_help(rows());
}

base::Result<NodesOptions> parse(const Words& words) {
  const auto given = read_options(rows(), words);
  if (!given) return given.error();
  NodesOptions options;
  for (const GivenOption& option : *given) {
    if (option.name == "endpoint") {
      auto endpoints = read_endpoints(option);
      if (!endpoints) return endpoints.error();
      options.endpoints = std::move(*endpoints);
    }
    options.is_json |= option.name == "json";
    options.help |= option.name == "help";
  }
  auto access = read_access(*given);
  if (!access) return access.error();
  options.access = std::move(*access);
  if (options.endpoints.empty() && !options.help) return base::fail("--endpoint is missing");
  return options;
}

}  // namespace

int run_nodes(const Words& words) {
  const auto options = parse(words);
  if (!options) return refuse_usage(kName, options.error());
  if (options->help) return show(help_text()) ? 0 : kExitCannot;
  const auto cluster = fetch_cluster(options->endpoints, options->access);
  if (!cluster) return refuse(kName, cluster.error());
  const std::vector<NodeStatus> nodes = ask_nodes(*cluster, options->access);
  const std::string text =
      options->is_json ? nodes_json(cluster->version, nodes) : nodes_table(cluster->version, nodes);
  if (!show(text)) return refuse(kName, base::fail_errno("cannot write to standard output"));
  const bool is_one_down = std::any_of(nodes.begin(), nodes.end(), [](const NodeStatus& node) {
    return node.health == Health::Down;
  });
  return is_one_down ? kExitCannot : 0;
}

}  // namespace larder::ctl
