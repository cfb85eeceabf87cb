#include "larderctl/nodes_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "larderctl/printable.h"

namespace larder::ctl {
namespace {

constexpr size_t kColumns = 10;
constexpr size_t kLeftColumns = 2;  // text columns; the others are numbers

using Cells = std::array<std::string, kColumns>;

const Cells kHead = {"node", "health", "list",  "server",      "uptime",
                     "hits", "items",  "bytes", "connections", "evictions"};

std::string number(const std::optional<uint64_t>& value) {
  return value ? std::to_string(*value) : "-";
}

// All versions of Larder report the same version of memcached, so Larder's own version is shown.
std::string server_of(const NodeStats& stats) {
  if (!stats.larder_version.empty()) return "Larder " + printable(stats.larder_version);
  return stats.version.empty() ? "-" : printable(stats.version);
}

std::string duration(const std::optional<uint64_t>& value) {
  if (!value) return "-";
  const uint64_t seconds = *value, minutes = seconds / 60, hours = minutes / 60;
  if (hours >= 24) return fmt::format("{}d {}h", hours / 24, hours % 24);
  if (hours > 0) return fmt::format("{}h {}m", hours, minutes % 60);
  if (minutes > 0) return fmt::format("{}m {}s", minutes, seconds % 60);
  return fmt::format("{}s", seconds);
}

std::string size(const std::optional<uint64_t>& value) {
  if (!value) return "-";
  if (*value < 1024) return fmt::format("{} B", *value);
  constexpr std::array kUnits = {"KB", "MB", "GB", "TB"};
  double amount = static_cast<double>(*value) / 1024;
  size_t unit = 0;
  for (; amount >= 1024 && unit + 1 < kUnits.size(); ++unit) amount /= 1024;
  return fmt::format("{:.1f} {}", amount, kUnits[unit]);
}

Cells cells_of(const NodeStatus& node) {
  const NodeStats& stats = node.stats;
  Cells cells = {printable(node.name()), std::string(name_of(node.health))};
  if (node.health == Health::Down) return cells;
  const auto ratio = stats.hit_ratio();
  cells[2] = number(node.list_version);
  cells[3] = server_of(stats);
  cells[4] = duration(stats.uptime_seconds);
  cells[5] = ratio ? fmt::format("{:.2f} %", *ratio * 100) : "-";
  cells[6] = number(stats.items);
  cells[7] = size(stats.bytes) + " of " + size(stats.limit_bytes);
  cells[8] = number(stats.connections);
  cells[9] = number(stats.evictions);
  return cells;
}

// Several versions can be present, for example during a rolling upgrade.
std::string note_of_servers(const std::vector<NodeStatus>& nodes) {
  std::set<std::string> servers;
  for (const NodeStatus& node : nodes) {
    if (!node.stats.version.empty()) servers.insert(server_of(node.stats));
  }
  return servers.size() > 1 ? fmt::format(", {} versions of the server", servers.size()) : "";
}

std::string line_of(const Cells& cells, const std::array<size_t, kColumns>& widths) {
  std::string line;
  for (size_t i = 0; i < kColumns; ++i) {
    if (i > 0) line += "  ";
    line += i < kLeftColumns ? fmt::format("{:<{}}", cells[i], widths[i])
                             : fmt::format("{:>{}}", cells[i], widths[i]);
  }
  return line;
}

// The reason takes the place of the numeric columns and is not padded.
std::string line_of_down(const Cells& cells, const std::array<size_t, kColumns>& widths,
                         const std::string& reason) {
  return fmt::format("{:<{}}  {:<{}}  {}", cells[0], widths[0], cells[1], widths[1],
                     printable(reason));
}

}  // namespace

std::string nodes_table(uint64_t cluster_version, const std::vector<NodeStatus>& nodes) {
  std::vector<Cells> rows;
  std::array<size_t, kColumns> widths;
  std::transform(kHead.begin(), kHead.end(), widths.begin(),
                 [](const std::string& cell) { return cell.size(); });
  for (const NodeStatus& node : nodes) {
    rows.push_back(cells_of(node));
    for (size_t i = 0; i < kColumns; ++i) widths[i] = std::max(widths[i], rows.back()[i].size());
  }
  std::string text =
      fmt::format("version {}, {} node{}{}\n\n{}\n", cluster_version, nodes.size(),
                  nodes.size() == 1 ? "" : "s", note_of_servers(nodes), line_of(kHead, widths));
  for (size_t i = 0; i < nodes.size(); ++i) {
    const bool is_down = nodes[i].health == Health::Down;
    text += is_down ? line_of_down(rows[i], widths, nodes[i].reason) : line_of(rows[i], widths);
    text += '\n';
  }
  return text;
}

}  // namespace larder::ctl
