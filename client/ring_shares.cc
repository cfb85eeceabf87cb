#include "client/ring_shares.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <random>
#include <string_view>
#include <utility>

#include "base/assertions.h"

namespace larder::client {
namespace {

constexpr uint64_t kHashes = uint64_t{1} << 32;
constexpr size_t kNowhere = SIZE_MAX;

// For each node of `nodes`, the index of the same server in `others`, or kNowhere.
std::vector<size_t> places_in(const std::vector<RingNode>& others,
                              const std::vector<RingNode>& nodes) {
  std::map<std::pair<std::string_view, uint16_t>, size_t> places;
  for (size_t i = 0; i < others.size(); ++i) places[{others[i].host, others[i].port}] = i;
  std::vector<size_t> result;
  for (const RingNode& node : nodes) {
    const auto place = places.find({node.host, node.port});
    result.push_back(place == places.end() ? kNowhere : place->second);
  }
  return result;
}

class Tally {
 public:
  Tally(const Ring& before, const Ring& after)
      : place_before_(places_in(before.nodes(), after.nodes())) {
    flow_.before.resize(before.nodes().size());
    flow_.lost.resize(before.nodes().size());
    flow_.after.resize(after.nodes().size());
    flow_.gained.resize(after.nodes().size());
  }

  void add(size_t node_before, size_t node_after, uint64_t amount) {
    flow_.total += amount;
    flow_.before[node_before] += amount;
    flow_.after[node_after] += amount;
    if (place_before_[node_after] == node_before) return;
    flow_.moved += amount;
    flow_.lost[node_before] += amount;
    flow_.gained[node_after] += amount;
  }

  Flow take() { return std::move(flow_); }

 private:
  std::vector<size_t> place_before_;  // for each node of `after`
  Flow flow_;
};

// All hashes between two neighbouring points of the merged rings have the owners of the upper
// point.
void add_arcs(const Ring& before, const Ring& after, Tally& tally) {
  std::vector<uint32_t> ends;
  for (const Ring* ring : {&before, &after}) {
    for (const Ring::Point& point : ring->points()) ends.push_back(point.value);
  }
  std::sort(ends.begin(), ends.end());
  ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
  const auto add = [&](uint32_t end, uint64_t length) {
    tally.add(before.owner_of(end), after.owner_of(end), length);
  };
  add(ends.front(), ends.front() + (kHashes - ends.back()));  // the arc across zero
  for (size_t i = 1; i < ends.size(); ++i) add(ends[i], ends[i] - ends[i - 1]);
}

void add_sample(const Ring& before, const Ring& after, const Sample& sample, Tally& tally) {
  std::mt19937_64 random(sample.seed);
  char key[20] = {'k', 'e', 'y', ':'};
  for (uint64_t i = 0; i < sample.key_count; ++i) {
    const char* const end = std::to_chars(key + 4, key + sizeof(key), random(), 16).ptr;
    const std::string_view text(key, static_cast<size_t>(end - key));
    const size_t node_before = before.node_of(text);
    tally.add(node_before, &before == &after ? node_before : after.node_of(text), 1);
  }
}

}  // namespace

Flow flow_between(const Ring& before, const Ring& after, const Sample& sample) {
  ASSERT(before.kind() == after.kind());
  Tally tally(before, after);
  if (before.points().empty()) {
    add_sample(before, after, sample, tally);
  } else {
    add_arcs(before, after, tally);
  }
  return tally.take();
}

std::vector<double> fair_parts(const std::vector<RingNode>& nodes) {
  double total = 0;
  for (const RingNode& node : nodes) total += node.weight;
  std::vector<double> parts;
  for (const RingNode& node : nodes) parts.push_back(node.weight / total);
  return parts;
}

double fair_move(const std::vector<RingNode>& before, const std::vector<RingNode>& after) {
  const std::vector<double> parts_before = fair_parts(before);
  const std::vector<double> parts_after = fair_parts(after);
  const std::vector<size_t> places = places_in(before, after);
  double moved = 0;
  for (size_t i = 0; i < after.size(); ++i) {
    const double had = places[i] == kNowhere ? 0 : parts_before[places[i]];
    moved += std::max(parts_after[i] - had, 0.0);
  }
  return moved;
}

}  // namespace larder::client
