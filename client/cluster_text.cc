#include "client/cluster_text.h"

#include <charconv>

namespace larder::client {
namespace {

// Takes what comes before `end` off `text`, and `end` itself.
std::string_view take_until(std::string_view& text, char end) {
  const size_t place = text.find(end);
  const std::string_view head = text.substr(0, place);
  text.remove_prefix(place == std::string_view::npos ? text.size() : place + 1);
  return head;
}

std::string_view take_line(std::string_view& text) {
  std::string_view line = take_until(text, '\n');
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

template <class Number>
bool read_number(std::string_view word, Number* number) {
  const char* const end = word.data() + word.size();
  const auto [stop, code] = std::from_chars(word.data(), end, *number);
  return code == std::errc() && stop == end;
}

base::Result<ClusterNode> parse_node(std::string_view word) {
  std::string_view rest = word;
  ClusterNode node;
  node.host = take_until(rest, '|');
  node.ip = take_until(rest, '|');
  if (node.host.empty() || !read_number(rest, &node.port) || node.port == 0) {
    return base::fail("'" + std::string(word) + "' in the list of nodes is no name|ip|port");
  }
  return node;
}

}  // namespace

base::Result<ClusterText> parse_cluster_text(std::string_view text) {
  ClusterText cluster;
  const std::string_view version = take_line(text);
  if (!read_number(version, &cluster.version)) {
    return base::fail("'" + std::string(version) + "' is no version of a list of nodes");
  }
  std::string_view list = take_line(text);
  while (!list.empty()) {
    const std::string_view word = take_until(list, ' ');
    if (word.empty()) continue;
    base::Result<ClusterNode> node = parse_node(word);
    if (!node) return node.error();
    cluster.nodes.push_back(std::move(*node));
  }
  if (cluster.nodes.empty()) return base::fail("a list of no nodes");
  if (text.find_first_not_of("\r\n") != std::string_view::npos) {
    return base::fail("a list of nodes goes on after its second line");
  }
  return cluster;
}

}  // namespace larder::client
