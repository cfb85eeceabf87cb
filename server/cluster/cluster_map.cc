#include "server/cluster/cluster_map.h"

#include <algorithm>
#include <utility>

#include "server/cluster/cluster_files.h"

namespace larder::server {
namespace {

base::Result<base::ClusterNodes> nodes_of(const ClusterOptions& options) {
  if (!options.cluster_nodes_file.empty()) return read_nodes_file(options.cluster_nodes_file);
  if (!options.cluster_nodes.empty()) return options.cluster_nodes;
  if (options.advertised_node) return base::ClusterNodes{*options.advertised_node};
  return base::ClusterNodes();
}

// "host:port,...", shortened for a log line.
std::string short_list_of(const base::ClusterNodes& nodes) {
  constexpr size_t kSizeMax = 1000;
  std::string list;
  for (const base::ClusterNode& node : nodes) {
    if (list.size() > kSizeMax) return list + ",...";
    if (!list.empty()) list += ',';
    list += node.host + ':' + std::to_string(node.port);
  }
  return list;
}

base::Error version_at_its_end() { return base::fail("the cluster's version can rise no more"); }

}  // namespace

ClusterMap::ClusterMap(const ClusterOptions& options, const base::Clock& clock, Log& log)
    : options_(options),
      clock_(clock),
      log_(log),
      is_configured_(!options.cluster_nodes.empty() || !options.cluster_nodes_file.empty() ||
                     options.advertised_node || options.has_config_set ||
                     !options.cluster.empty()) {
  put(1, {});
}

base::Outcome ClusterMap::open() {
  std::lock_guard lock(change_mutex_);
  auto configured = nodes_of(options_);
  if (!configured) return configured.error();
  configured_ = std::move(*configured);
  std::optional<base::Cluster> last;
  if (!options_.cluster_state_file.empty()) {
    auto read = read_cluster_state(options_.cluster_state_file);
    if (!read) return read.error();
    last = std::move(*read);
  }
  base::ClusterNodes nodes = configured_;
  const bool is_in_etcd = !options_.cluster.empty();
  if (nodes.empty() && last && options_.has_config_set) {
    nodes = last->nodes;
    is_set_by_client_ = !nodes.empty();
  }
  if (is_in_etcd && last && !last->nodes.empty()) nodes = last->nodes;
  uint32_t version = 1;
  if (last) {
    const bool is_same = last->nodes == nodes;
    version = last->version;
    put(version, {});
    if (!is_same) version = next_version();
    if (version > base::kClusterVersionMax) return version_at_its_end();
    if (is_same) {
      put(version, std::move(nodes));
      return base::Done{};
    }
  } else if (options_.cluster_state_file.empty() && !nodes.empty() && !is_in_etcd) {
    version = next_version();
  }
  put(version, std::move(nodes));
  is_unwritten_ = true;
  return base::Done{};
}

base::Outcome ClusterMap::keep() {
  std::lock_guard lock(change_mutex_);
  if (!std::exchange(is_unwritten_, false)) return base::Done{};
  return write_state();
}

void ClusterMap::tell() const {
  if (!is_configured()) return;
  const auto snapshot = current();
  log_.tell(LogEvent::ClusterChanged, "Cluster node list published.", [&](LogLine& line) {
    line.number("version", snapshot->cluster.version);
    line.number("nodes", snapshot->cluster.nodes.size());
    line.number("bytes", snapshot->text.size());
    line.text("list", short_list_of(snapshot->cluster.nodes));
  });
  if (snapshot->text.size() <= base::kClusterTextSizeSafe) return;
  log_.tell(LogEvent::ClusterTextLong, "Cluster node list is too long for libmemcached.",
            [&](LogLine& line) {
              line.number("bytes", snapshot->text.size());
              line.number("bytes_max", base::kClusterTextSizeSafe);
            });
}

std::shared_ptr<const ClusterMap::Snapshot> ClusterMap::current() const {
  std::lock_guard lock(current_mutex_);
  return current_;
}

// The version for a list that differs from the current one.
uint32_t ClusterMap::next_version() const {
  const uint32_t next = cluster().version + 1;
  if (!options_.cluster_state_file.empty()) return next;
  const auto now = static_cast<uint64_t>(clock_.unix_time(clock_.now()));
  return static_cast<uint32_t>(
      std::max<uint64_t>(next, std::min<uint64_t>(now, base::kClusterVersionMax)));
}

void ClusterMap::put(uint32_t version, base::ClusterNodes nodes) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->cluster = {version, std::move(nodes)};
  if (!snapshot->cluster.nodes.empty()) snapshot->text = base::format_cluster(snapshot->cluster);
  std::lock_guard lock(current_mutex_);
  current_ = std::move(snapshot);
}

base::Outcome ClusterMap::write_state() const {
  if (options_.cluster_state_file.empty()) return base::Done{};
  return write_cluster_state(options_.cluster_state_file, cluster());
}

// A list is published even if the state file cannot be written.  Withholding it would harm clients
// at once; a decreasing version harms them only after a restart, and only if no later write works.
base::Outcome ClusterMap::change(uint32_t version, base::ClusterNodes nodes) {
  const bool is_same = nodes == cluster().nodes;
  if (is_same && version <= cluster().version) return base::Done{};
  if (!is_same) version = version == 0 ? next_version() : std::max(version, cluster().version + 1);
  if (version > base::kClusterVersionMax) return version_at_its_end();
  put(version, std::move(nodes));
  if (const base::Outcome written = write_state(); !written) {
    log_.tell(LogEvent::ClusterStateNotWritten, "Failed to write the cluster state file.",
              [&](LogLine& line) { line.text("error", written.error().text); });
  }
  tell();
  return base::Done{};
}

base::Outcome ClusterMap::publish(uint32_t version, base::ClusterNodes nodes) {
  auto arranged = base::arrange_cluster_nodes(std::move(nodes));
  if (!arranged) return arranged.error();
  std::lock_guard lock(change_mutex_);
  is_configured_.store(true, std::memory_order_relaxed);
  return change(version, std::move(*arranged));
}

base::Outcome ClusterMap::reload() {
  if (options_.cluster_nodes_file.empty()) return base::Done{};
  std::lock_guard lock(change_mutex_);
  auto nodes = read_nodes_file(options_.cluster_nodes_file);
  if (!nodes) return nodes.error();
  if (*nodes == configured_) return base::Done{};
  configured_ = std::move(*nodes);
  is_set_by_client_ = false;
  return change(0, configured_);
}

ClusterMap::SetOutcome ClusterMap::set(std::string_view text) {
  auto wanted = base::parse_cluster(text);
  if (!wanted) {
    log_.tell(LogEvent::ClusterRefused, "Refused an invalid cluster node list from a client.",
              [&](LogLine& line) { line.text("error", wanted.error().text); });
    return SetOutcome::Bad;
  }
  std::lock_guard lock(change_mutex_);
  const bool is_same = wanted->nodes == cluster().nodes;
  const uint32_t version_min = cluster().version + (is_same ? 0 : 1);
  if (wanted->version < version_min) return SetOutcome::VersionTooLow;
  is_set_by_client_ = true;
  [[maybe_unused]] const auto changed = change(wanted->version, std::move(wanted->nodes));
  return SetOutcome::Done;  // change() cannot fail: parse_cluster() has checked the version
}

bool ClusterMap::remove() {
  std::lock_guard lock(change_mutex_);
  if (!is_set_by_client_ || !change(0, configured_)) return false;
  is_set_by_client_ = false;
  return true;
}

}  // namespace larder::server
