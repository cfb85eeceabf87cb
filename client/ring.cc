#include "client/ring.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <utility>

#include "base/hash.h"
#include "client/key_hashes.h"

namespace larder::client {
namespace {

constexpr uint32_t kMd5Points = 160;
constexpr uint32_t kPlainPoints = 100;
constexpr uint16_t kPortWithoutName = 11211;  // libmemcached's default, omitted from names
// twemproxy formats "name-number" in a buffer of 86 bytes, and hashes as many bytes as the
// untruncated text has.
constexpr size_t kTwemproxyNameSizeMax = 80;

bool has_weights(RingKind kind) { return kind == RingKind::Ketama || kind == RingKind::Twemproxy; }

// Calculates in binary32 from left to right, as libmemcached does: higher precision gives other
// results for 25, 47, 50 ... nodes.
uint32_t weighted_point_count(uint32_t weight, uint64_t total, size_t node_count) {
  const float share = static_cast<float>(weight) / static_cast<float>(total);
  float quarter = share * static_cast<float>(kMd5Points);
  quarter = quarter / 4;
  quarter = quarter * static_cast<float>(node_count);
  quarter = quarter + 0.0000000001F;
  return static_cast<uint32_t>(std::floor(quarter)) * 4;
}

// No library puts brackets around IPv6 addresses here.
std::string name_with_port(const RingNode& node) {
  return node.host + ":" + std::to_string(node.port);
}

std::string libmemcached_name(const RingNode& node) {
  return node.port == kPortWithoutName ? node.host : name_with_port(node);
}

// libmemcached uses a socket's path as the host and 0 as the port; pymemcache uses the path alone.
std::string pymemcache_name(const RingNode& node) {
  return node.port == 0 ? node.host : name_with_port(node);
}

bool knows_unix_sockets(RingKind kind) {
  return kind != RingKind::Twemproxy && kind != RingKind::Spymemcached;
}

std::optional<Error> refusal(RingKind kind, const RingNode& node) {
  if (node.weight > 1 && !has_weights(kind)) {
    return fail(ErrorCode::InvalidArgument, node.text() + " has a weight, which " +
                                                std::string(name_of(kind)) + " does not support");
  }
  if (node.port == 0 && !knows_unix_sockets(kind)) {
    return fail(ErrorCode::InvalidArgument, node.text() + " is a Unix socket, which " +
                                                std::string(name_of(kind)) + " does not support");
  }
  if (kind == RingKind::Twemproxy && libmemcached_name(node).size() > kTwemproxyNameSizeMax) {
    return fail(ErrorCode::InvalidArgument,
                node.text() + " has too long a name: twemproxy hashes bytes beyond those of " +
                    std::to_string(kTwemproxyNameSizeMax));
  }
  return std::nullopt;
}

const RingNode* find_repeated(const std::vector<RingNode>& nodes) {
  std::set<std::pair<std::string_view, uint16_t>> seen;
  for (const RingNode& node : nodes) {
    if (!seen.insert({node.host, node.port}).second) return &node;
  }
  return nullptr;
}

}  // namespace

Result<Ring> Ring::make(RingKind kind, std::vector<RingNode> nodes) {
  if (nodes.empty()) return fail(ErrorCode::InvalidArgument, "the ring has no nodes");
  for (RingNode& node : nodes) {
    node.weight = std::max<uint32_t>(node.weight, 1);
    if (const auto error = refusal(kind, node)) return *error;
  }
  if (const RingNode* node = find_repeated(nodes)) {
    return fail(ErrorCode::InvalidArgument, node->text() + " is in the list twice");
  }
  return Ring(kind, std::move(nodes));
}

Ring::Ring(RingKind kind, std::vector<RingNode> nodes) : kind_(kind), nodes_(std::move(nodes)) {
  uint64_t total = 0;
  for (const RingNode& node : nodes_) total += node.weight;
  for (uint32_t i = 0; i < nodes_.size(); ++i) {
    const RingNode& node = nodes_[i];
    switch (kind_) {
      case RingKind::Ketama:
      case RingKind::Twemproxy:
        add_md5_points(i, libmemcached_name(node),
                       weighted_point_count(node.weight, total, nodes_.size()));
        break;
      case RingKind::KetamaPlain: add_plain_points(i, libmemcached_name(node)); break;
      case RingKind::Spymemcached: add_md5_points(i, name_with_port(node), kMd5Points); break;
      case RingKind::Rendezvous: heads_.push_back(pymemcache_name(node) + "-"); break;
      case RingKind::Jump: break;
    }
  }
  // If several nodes have points of the same value, libmemcached uses the first; spymemcached,
  // which fills a map, uses the last.
  const bool last_wins = kind_ == RingKind::Spymemcached;
  std::sort(points_.begin(), points_.end(), [last_wins](const Point& a, const Point& b) {
    if (a.value != b.value) return a.value < b.value;
    return last_wins ? a.node > b.node : a.node < b.node;
  });
}

void Ring::add_md5_points(uint32_t node, const std::string& name, uint32_t count) {
  for (uint32_t i = 0; i < count / 4; ++i) {
    for (const uint32_t value : md5_words(name + "-" + std::to_string(i))) {
      points_.push_back({value, node});
    }
  }
}

void Ring::add_plain_points(uint32_t node, const std::string& name) {
  for (uint32_t i = 0; i < kPlainPoints; ++i) {
    points_.push_back({one_at_a_time(name + "-" + std::to_string(i)), node});
  }
}

size_t Ring::node_of(std::string_view key) const {
  if (nodes_.size() == 1) return 0;
  switch (kind_) {
    case RingKind::Ketama:
    case RingKind::Spymemcached: return owner_of(md5_words(key)[0]);
    case RingKind::KetamaPlain: return owner_of(one_at_a_time(key));
    case RingKind::Twemproxy: return owner_of(twemproxy_fnv1a_64(key));
    case RingKind::Rendezvous: return highest_for(key);
    case RingKind::Jump: return jump_bucket(base::Hasher(0)(key), nodes_.size());
  }
  return 0;
}

size_t Ring::owner_of(uint32_t hash) const noexcept {
  const auto point =
      std::lower_bound(points_.begin(), points_.end(), hash,
                       [](const Point& p, uint32_t value) { return p.value < value; });
  return point == points_.end() ? points_.front().node : point->node;
}

size_t Ring::highest_for(std::string_view key) const {
  size_t best = 0;
  uint32_t best_score = 0;
  for (size_t i = 0; i < heads_.size(); ++i) {
    const uint32_t score = murmur3_32(heads_[i], key, 0);
    const bool wins_tie = score == best_score && heads_[i] > heads_[best];
    if (i == 0 || score > best_score || wins_tie) {
      best = i;
      best_score = score;
    }
  }
  return best;
}

}  // namespace larder::client
