#include "client/ring_node.h"

#include <algorithm>
#include <charconv>

#include "client/address.h"

namespace larder::client {
namespace {

Error bad_node(std::string_view text, std::string_view reason) {
  return fail(ErrorCode::InvalidArgument,
              "bad node '" + std::string(text) + "': " + std::string(reason));
}

// The position of ":weight", or the end of the text if there is none.
size_t weight_colon(std::string_view text) {
  const size_t bracket = text.rfind(']');
  const size_t host_end = bracket == std::string_view::npos ? 0 : bracket;
  const size_t port_colon = text.find(':', host_end);
  if (port_colon == std::string_view::npos) return text.size();
  return std::min(text.find(':', port_colon + 1), text.size());
}

bool may_be_in_host(char c) {
  const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  const bool is_digit = c >= '0' && c <= '9';
  return is_letter || is_digit || std::string_view("._-/%@:").find(c) != std::string_view::npos;
}

}  // namespace

std::string RingNode::text() const {
  if (port == 0) return host;
  const bool is_v6 = host.find(':') != std::string::npos;
  return (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<RingNode> parse_ring_node(std::string_view text) {
  if (text.starts_with('/')) return bad_node(text, "expected host:port or host:port:weight");
  const size_t colon = weight_colon(text);
  const std::string_view digits = text.substr(std::min(colon + 1, text.size()));
  if (digits.find(':') != std::string_view::npos) {
    return bad_node(text, "expected host:port or host:port:weight, and brackets around v6");
  }
  const auto address = parse_address(text.substr(0, colon));
  if (!address) return address.error();
  if (!std::all_of(address->host.begin(), address->host.end(), may_be_in_host)) {
    return bad_node(text, "a host consists of letters, digits and ._-/%@");
  }
  RingNode node{address->host, address->port};
  if (colon == text.size()) return node;
  const char* const end = digits.data() + digits.size();
  const auto [stop, code] = std::from_chars(digits.data(), end, node.weight);
  if (code != std::errc() || stop != end || node.weight == 0) {
    return bad_node(text, "the weight must be a number from 1 to 4294967295");
  }
  return node;
}

Result<std::vector<RingNode>> parse_ring_nodes(std::string_view text) {
  std::vector<RingNode> nodes;
  for (size_t start = 0; start <= text.size();) {
    const size_t end = std::min(text.find(',', start), text.size());
    auto node = parse_ring_node(text.substr(start, end - start));
    if (!node) return node.error();
    nodes.push_back(std::move(*node));
    start = end + 1;
  }
  return nodes;
}

}  // namespace larder::client
