#include "larderctl/ring_table.h"

#include <fmt/format.h>

#include <algorithm>

namespace larder::ctl {
namespace {

using client::Flow;
using client::Ring;
using client::RingNode;

constexpr std::string_view kNone = "-";

std::string percent(double part) { return fmt::format("{:.2f} %", part * 100); }

size_t name_width(const std::vector<RingNode>& nodes, size_t least) {
  for (const RingNode& node : nodes) least = std::max(least, node.text().size());
  return least;
}

std::vector<size_t> point_counts(const Ring& ring) {
  std::vector<size_t> counts(ring.nodes().size());
  for (const Ring::Point& point : ring.points()) ++counts[point.node];
  return counts;
}

bool have_equal_weights(const std::vector<RingNode>& nodes) {
  return std::all_of(nodes.begin(), nodes.end(),
                     [&](const RingNode& node) { return node.weight == nodes.front().weight; });
}

// Format: "1/4 = 25.00 %" if the fraction is that simple.
std::string expectation(const RingOptions& options, const Ring& before, const Ring& after) {
  const std::string expected = percent(client::fair_move(before.nodes(), after.nodes()));
  const auto& larger = options.added.empty() ? before.nodes() : after.nodes();
  const bool is_simple =
      options.added.size() + options.removed.size() == 1 && have_equal_weights(larger);
  return is_simple ? fmt::format("1/{} = {}", larger.size(), expected) : expected;
}

std::string change_text(const RingOptions& options) {
  std::string text;
  for (const RingNode& node : options.removed) text += ", without " + node.text();
  for (const RingNode& node : options.added) text += ", with " + node.text();
  return text.substr(2);
}

struct Change {
  std::string name;
  uint32_t weight;
  std::string before, after, fair, loses, gains;
};

std::vector<Change> changes_of(const Ring& before, const Ring& after, const Flow& flow) {
  const auto fair = client::fair_parts(after.nodes());
  const std::string none(kNone);
  std::vector<Change> changes;
  for (size_t i = 0; i < before.nodes().size(); ++i) {
    const RingNode& node = before.nodes()[i];
    changes.push_back({node.text(), node.weight, percent(flow.part(flow.before[i])), none, none,
                       percent(flow.part(flow.lost[i])), none});
  }
  for (size_t i = 0; i < after.nodes().size(); ++i) {
    const RingNode& node = after.nodes()[i];
    auto change = std::find_if(changes.begin(), changes.end(),
                               [&](const Change& other) { return other.name == node.text(); });
    if (change == changes.end()) {
      change = changes.insert(changes.end(), {node.text(), node.weight, none, {}, {}, none, {}});
    }
    change->weight = node.weight;
    change->after = percent(flow.part(flow.after[i]));
    change->fair = percent(fair[i]);
    change->gains = percent(flow.part(flow.gained[i]));
  }
  return changes;
}

}  // namespace

std::string ring_title(const Ring& ring, const Flow& flow, const client::Sample& sample) {
  const size_t count = ring.nodes().size();
  const std::string how = ring.points().empty()
                              ? fmt::format("shares of {} keys, seed {}", flow.total, sample.seed)
                              : std::string("exact shares of the ring");
  return fmt::format("{}, {} node{}: {}", name_of(ring.kind()), count, count == 1 ? "" : "s", how);
}

std::string shares_table(const Ring& ring, const Flow& flow) {
  const bool has_points = !ring.points().empty();
  const size_t width = name_width(ring.nodes(), 4);
  const auto fair = client::fair_parts(ring.nodes());
  const auto counts = point_counts(ring);
  std::string text = fmt::format("{:<{}}  {:>10}", "node", width, "weight");
  text += fmt::format("{}  {:>9}  {:>9}\n", has_points ? "  points" : "", "share", "fair");
  for (size_t i = 0; i < ring.nodes().size(); ++i) {
    const RingNode& node = ring.nodes()[i];
    text += fmt::format("{:<{}}  {:>10}", node.text(), width, node.weight);
    if (has_points) text += fmt::format("  {:>6}", counts[i]);
    text += fmt::format("  {:>9}  {:>9}\n", percent(flow.part(flow.before[i])), percent(fair[i]));
  }
  return text;
}

std::string changes_table(const RingOptions& options, const Ring& before, const Ring& after,
                          const Flow& flow) {
  constexpr auto kRow = "{:<{}}  {:>10}  {:>9}  {:>9}  {:>9}  {:>9}  {:>9}\n";
  const auto changes = changes_of(before, after, flow);
  const size_t width = name_width(after.nodes(), name_width(before.nodes(), 4));
  std::string text = fmt::format(fmt::runtime(kRow), "node", width, "weight", "share", "after",
                                 "fair", "loses", "gains");
  for (const Change& change : changes) {
    text += fmt::format(fmt::runtime(kRow), change.name, width, change.weight, change.before,
                        change.after, change.fair, change.loses, change.gains);
  }
  text +=
      fmt::format("\n{}: {} of all keys move, where about {} is expected\n", change_text(options),
                  percent(flow.part(flow.moved)), expectation(options, before, after));
  return text;
}

}  // namespace larder::ctl
