#include "larderctl/ring_command.h"

#include <fstream>
#include <iostream>
#include <string>

#include "client/ring.h"
#include "client/ring_shares.h"
#include "larderctl/ring_options.h"
#include "larderctl/ring_plot.h"
#include "larderctl/ring_table.h"

namespace larder::ctl {
namespace {

using client::Ring;

constexpr std::string_view kName = "ring";

// One line per key, even for an empty key, so that the output matches the key file line by line.
base::Outcome print_nodes(const Ring& ring, std::istream& keys) {
  std::vector<std::string> lines;
  for (const client::RingNode& node : ring.nodes()) lines.push_back(node.text() + "\n");
  std::string key;
  while (std::getline(keys, key)) {
    if (key.ends_with('\r')) key.pop_back();
    const std::string& line = lines[ring.node_of(key)];
    if (std::fwrite(line.data(), 1, line.size(), stdout) != line.size()) break;
  }
  if (keys.bad()) return base::fail("failed to read all keys");
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    return base::fail_errno("cannot write to standard output");
  }
  return base::Done{};
}

base::Outcome print_nodes(const Ring& ring, const std::string& file) {
  if (file == "-") {
    std::ios::sync_with_stdio(false);
    return print_nodes(ring, std::cin);
  }
  std::ifstream keys(file, std::ios::binary);
  if (!keys) return base::fail_errno("cannot read " + file);
  return print_nodes(ring, keys);
}

base::Outcome report(const RingOptions& options, const Ring& before, const Ring& after) {
  const client::Flow flow = client::flow_between(before, after, options.sample);
  const std::string title = ring_title(after, flow, options.sample);
  const std::string table = options.changes_nodes() ? changes_table(options, before, after, flow)
                                                    : shares_table(after, flow);
  if (!show(title + "\n\n" + table)) return base::fail_errno("cannot write to standard output");
  if (options.plot_file.empty()) return base::Done{};
  return draw(plot_script(title, before, after, flow), options.plot_file);
}

int run(const RingOptions& options) {
  const auto ring = Ring::make(options.kind, options.servers);
  if (!ring) return refuse_usage(kName, text_of(ring.error()));
  if (!options.keys_file.empty()) {
    const base::Outcome printed = print_nodes(*ring, options.keys_file);
    return printed ? 0 : refuse(kName, printed.error());
  }
  base::Outcome reported = base::Done{};
  if (options.changes_nodes()) {
    const auto after = Ring::make(options.kind, options.servers_after());
    if (!after) return refuse_usage(kName, text_of(after.error()));
    reported = report(options, *ring, *after);
  } else {
    reported = report(options, *ring, *ring);
  }
  return reported ? 0 : refuse(kName, reported.error());
}

}  // namespace

int run_ring(const Words& words) {
  const auto options = parse_ring_options(words);
  if (!options) return refuse_usage(kName, options.error());
  if (options->help) return show(ring_help()) ? 0 : kExitCannot;
  return run(*options);
}

}  // namespace larder::ctl
