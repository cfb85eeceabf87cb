#include "base/cluster_text.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <tuple>
#include <utility>

namespace larder::base {
namespace {

// The maximum length of a DNS name.
constexpr size_t kHostSizeMax = 253;

constexpr char kFieldEnd = '|';

bool is_letter_or_digit(char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
         (byte >= '0' && byte <= '9');
}

// Quotes text for an error message, without unprintable bytes.
std::string quoted(std::string_view text) {
  constexpr size_t kShownMax = 60;
  std::string shown = "'";
  for (const char byte : text.substr(0, kShownMax)) {
    shown += byte >= ' ' && byte <= '~' ? byte : '?';
  }
  return shown + (text.size() > kShownMax ? "...'" : "'");
}

Error refuse(std::string_view text, std::string_view reason) {
  return fail("cluster node " + quoted(text) + ": " + std::string(reason));
}

bool is_literal_of(int family, std::string_view text) {
  char parsed[sizeof(in6_addr)];
  return text.find('\0') == std::string_view::npos &&
         ::inet_pton(family, std::string(text).c_str(), parsed) == 1;
}

bool is_literal(std::string_view text) {
  return is_literal_of(AF_INET, text) || is_literal_of(AF_INET6, text);
}

// The reason why a host is invalid; empty if it is valid.
std::string_view flaw_of_host(std::string_view host) {
  if (host.empty()) return "the host is empty";
  if (is_literal(host)) return {};
  if (host.size() > kHostSizeMax) return "the host is longer than 253 bytes";
  const auto is_allowed = [](char byte) {
    return is_letter_or_digit(byte) || byte == '-' || byte == '.';
  };
  if (!std::ranges::all_of(host, is_allowed)) {
    return "a host is a literal address, or letters, digits, '-' and '.'";
  }
  if (!is_letter_or_digit(host.front()) || !is_letter_or_digit(host.back()) ||
      host.find("..") != std::string_view::npos) {
    return "a host must begin and end with a letter or digit, and have no empty label";
  }
  if (host.find('.') == std::string_view::npos) {
    return "a host must contain a dot, because clients refuse it otherwise";
  }
  if (std::ranges::none_of(host,
                           [](char byte) { return byte != '.' && (byte < '0' || byte > '9'); })) {
    return "the host looks like an IP address but is not a valid one";
  }
  if (host.find("END") != std::string_view::npos || host.find("CONFIG") != std::string_view::npos) {
    return "the host contains END or CONFIG, which clients misinterpret";
  }
  return {};
}

std::string_view flaw_of(const ClusterNode& node) {
  if (const std::string_view flaw = flaw_of_host(node.host); !flaw.empty()) return flaw;
  if (!node.ip.empty() && !is_literal(node.ip)) return "the text after '|' is not an IP address";
  if (node.port == 0) return "the port must be from 1 to 65535";
  return {};
}

// Returns 0 if the text is not a valid port.
uint16_t read_port(std::string_view text) {
  uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, port);
  const bool is_plain = !text.empty() && text.front() != '0';
  return code == std::errc() && stop == end && is_plain ? port : uint16_t{0};
}

std::string text_of(const ClusterNode& node) {
  return node.host + kFieldEnd + node.ip + kFieldEnd + std::to_string(node.port);
}

// Parses "host|ip|port"; checks only that both bars, a host and a port are present.
Result<ClusterNode> read_wire_node(std::string_view text) {
  const size_t first = text.find(kFieldEnd);
  const size_t second = text.find(kFieldEnd, first == std::string_view::npos ? first : first + 1);
  if (second == std::string_view::npos) return refuse(text, "expected host|ip|port");
  ClusterNode node{.host = std::string(text.substr(0, first)),
                   .ip = std::string(text.substr(first + 1, second - first - 1)),
                   .port = read_port(text.substr(second + 1))};
  if (node.host.empty()) return refuse(text, "the host is empty");
  if (node.port == 0) return refuse(text, "the port must be from 1 to 65535");
  return node;
}

// Removes the text before `end`, and `end` itself, from `text`; returns the text before `end`.
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

}  // namespace

Result<ClusterNode> parse_cluster_node(std::string_view text) {
  const size_t bar = text.find(kFieldEnd);
  const std::string_view address = text.substr(0, bar);
  const size_t colon = address.rfind(':');
  if (colon == std::string_view::npos) return refuse(text, "expected host:port or host:port|ip");
  std::string_view host = address.substr(0, colon);
  const bool has_brackets = host.size() >= 2 && host.starts_with('[') && host.ends_with(']');
  if (has_brackets) host = host.substr(1, host.size() - 2);
  if (has_brackets != is_literal_of(AF_INET6, host)) {
    return refuse(text, "brackets are required around an IPv6 address, and not allowed otherwise");
  }
  ClusterNode node{
      .host = std::string(host), .ip = {}, .port = read_port(address.substr(colon + 1))};
  if (bar != std::string_view::npos) {
    node.ip = text.substr(bar + 1);
    if (node.ip.empty()) return refuse(text, "the text after '|' is not an IP address");
  } else if (is_literal(host)) {
    node.ip = host;
  }
  if (const std::string_view flaw = flaw_of(node); !flaw.empty()) return refuse(text, flaw);
  return node;
}

Result<ClusterNodes> arrange_cluster_nodes(ClusterNodes nodes) {
  if (nodes.empty()) return fail("the list of cluster nodes is empty");
  for (const ClusterNode& node : nodes) {
    if (const std::string_view flaw = flaw_of(node); !flaw.empty()) {
      return refuse(text_of(node), flaw);
    }
  }
  const auto place = [](const ClusterNode& node) { return std::tie(node.host, node.port); };
  std::ranges::sort(nodes, {}, place);
  const auto twice = std::ranges::adjacent_find(nodes, {}, place);
  if (twice != nodes.end()) return refuse(text_of(*twice), "is in the list twice");
  if (format_cluster({kClusterVersionMax, nodes}).size() > kClusterTextSizeMax) {
    return fail("the list of cluster nodes is longer than " + std::to_string(kClusterTextSizeMax) +
                " bytes");
  }
  return nodes;
}

Result<uint32_t> parse_cluster_version(std::string_view text) {
  uint32_t version = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, version);
  if (code != std::errc() || stop != end || version == 0 || version > kClusterVersionMax ||
      text.front() == '0') {
    return fail("cluster version " + quoted(text) + ": expected a number from 1 to " +
                std::to_string(kClusterVersionMax));
  }
  return version;
}

std::string format_cluster(const Cluster& cluster) {
  std::string text = std::to_string(cluster.version) + '\n';
  for (const ClusterNode& node : cluster.nodes) {
    if (&node != &cluster.nodes.front()) text += ' ';
    text += text_of(node);
  }
  return text + '\n';
}

Result<Cluster> parse_cluster(std::string_view text) {
  const size_t first_end = text.find('\n');
  if (first_end == std::string_view::npos || text.back() != '\n' ||
      text.find('\n', first_end + 1) != text.size() - 1) {
    return fail("cluster text: expected two lines, a version and the nodes");
  }
  const Result<uint32_t> version = parse_cluster_version(text.substr(0, first_end));
  if (!version) return version.error();
  ClusterNodes nodes;
  std::string_view rest = text.substr(first_end + 1, text.size() - first_end - 2);
  for (bool is_last = false; !is_last;) {
    is_last = rest.find(' ') == std::string_view::npos;
    Result<ClusterNode> node = read_wire_node(take_until(rest, ' '));
    if (!node) return node.error();
    nodes.push_back(std::move(*node));
  }
  Result<ClusterNodes> arranged = arrange_cluster_nodes(std::move(nodes));
  if (!arranged) return arranged.error();
  return Cluster{*version, std::move(*arranged)};
}

Result<ClusterText> read_cluster_text(std::string_view text) {
  ClusterText cluster;
  const std::string_view version = take_line(text);
  const char* const end = version.data() + version.size();
  const auto [stop, code] = std::from_chars(version.data(), end, cluster.version);
  if (code != std::errc() || stop != end) {
    return fail(quoted(version) + " is not a valid version of a node list");
  }
  std::string_view list = take_line(text);
  while (!list.empty()) {
    const std::string_view word = take_until(list, ' ');
    if (word.empty()) continue;
    Result<ClusterNode> node = read_wire_node(word);
    if (!node) return node.error();
    cluster.nodes.push_back(std::move(*node));
  }
  if (cluster.nodes.empty()) return fail("the list of nodes is empty");
  if (text.find_first_not_of("\r\n") != std::string_view::npos) {
    return fail("unexpected text after the second line of a node list");
  }
  return cluster;
}

}  // namespace larder::base
