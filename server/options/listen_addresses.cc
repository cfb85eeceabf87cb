#include "server/options/listen_addresses.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/words.h"
#include "server/options/number.h"

namespace larder::server {
namespace {

constexpr int kBadAddressStatus = 71;  // EX_OSERR: memcached finds these errors while binding

UsageError bad_address(std::string line) { return {kBadAddressStatus, std::move(line)}; }

UsageError not_built(std::string_view prefix, std::string_view feature) {
  return {1, fmt::format("larder: -l {} ({}) is not built into this version", prefix, feature)};
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

std::optional<UsageError> take_tls_prefix(std::string_view& text, TlsMode& tls) {
  struct Prefix {
    std::string_view word;
    TlsMode mode;
  };
  constexpr Prefix kPrefixes[] = {
      {"notls:", TlsMode::Off}, {"btls:", TlsMode::AnyClient}, {"mtls:", TlsMode::KnownClient}};
  for (const Prefix& prefix : kPrefixes) {
    if (!take_prefix(text, prefix.word)) continue;
    if (tls == TlsMode::Off) {
      return bad_address(fmt::format("'{}' option is valid only when SSL is enabled",
                                     prefix.word.substr(0, prefix.word.size() - 1)));
    }
    tls = prefix.mode;
    break;
  }
  return {};
}

// Tags select routes in memcached's proxy; they have no meaning in a server.
std::optional<UsageError> take_tag(std::string_view& text) {
  constexpr size_t kTagSizeMax = 8;
  if (!text.starts_with("tag[") && !text.starts_with("tag_")) return {};
  text.remove_prefix(3);
  const size_t end = text.find(text.front() == '[' ? ']' : '_', 1);
  if (end == std::string_view::npos) {
    return bad_address(fmt::format("Invalid tag in socket config: \"{}\"", text));
  }
  const std::string_view tag = text.substr(1, end - 1);
  if (tag.empty() || tag.size() > kTagSizeMax) {
    return bad_address(
        fmt::format("Listener tags must be between 1 and {} characters: \"{}\"", kTagSizeMax, tag));
  }
  text.remove_prefix(end + 1);
  if (!take_prefix(text, ":")) {
    return bad_address(fmt::format("larder: no \":\" behind the tag \"{}\" of -l", tag));
  }
  return {};
}

// Removes the prefixes before the host.
std::optional<UsageError> take_prefixes(std::string_view& text, WireProtocol& protocol,
                                        TlsMode& tls) {
  if (auto error = take_tls_prefix(text, tls)) return error;
  if (take_prefix(text, "proto[")) {
    const size_t end = text.find("]:");
    const std::string_view name = text.substr(0, end);
    if (end == std::string_view::npos) {
      return bad_address(fmt::format("Invalid protocol spec: \"[{}\"", text));
    }
    text.remove_prefix(end + 2);
    if (name == "proxy") return not_built("proto[proxy]", "the proxy");
    if (name == "ascii") {
      protocol = WireProtocol::Ascii;
    } else if (name == "binary") {
      protocol = WireProtocol::Binary;
    } else if (name == "negotiating") {
      protocol = WireProtocol::Auto;
    } else {
      return bad_address(fmt::format("Invalid protocol spec: \"[{}]\"", name));
    }
  }
  return take_tag(text);
}

// Both -1 and 0 mean that the system chooses the port.
std::optional<uint16_t> port_number(std::string_view text) {
  if (text.find(' ') != std::string_view::npos) return std::nullopt;  // a space inside an address
  const auto port = parse_number(text);
  if (!port || *port < -1 || *port > 65535) return std::nullopt;
  return static_cast<uint16_t>(std::max<int64_t>(*port, 0));
}

std::variant<ListenAddress, UsageError> parse_one(std::string_view word, ListenAddress address) {
  std::string_view text = word;
  if (auto error = take_prefixes(text, address.protocol, address.tls)) return *error;

  std::string_view host;
  std::string_view after_host;
  if (take_prefix(text, "[")) {
    const size_t end = text.find(']');
    if (end == std::string_view::npos) {
      return bad_address(fmt::format("Invalid IPV6 address: \"[{}\"", text));
    }
    host = text.substr(0, end);
    after_host = text.substr(end + 1);
  } else {
    // More than one colon means an IPv6 address without a port.
    const bool has_port = std::count(text.begin(), text.end(), ':') == 1;
    host = has_port ? text.substr(0, text.find(':')) : text;
    after_host = text.substr(host.size());
  }
  if (host.empty()) return bad_address(fmt::format("larder: no address in -l \"{}\"", word));
  if (!after_host.empty()) {
    const auto port =
        after_host.starts_with(':') ? port_number(after_host.substr(1)) : std::nullopt;
    if (!port) {
      return bad_address(fmt::format("Invalid port number: \"{}\"",
                                     after_host.substr(after_host.starts_with(':') ? 1 : 0)));
    }
    address.port = *port;
  }
  if (host != "*") address.host = host;
  return address;
}

}  // namespace

std::optional<ListenAddress> parse_http_address(std::string_view text) {
  const size_t colon = text.rfind(':');
  std::string_view host = colon == std::string_view::npos ? "" : text.substr(0, colon);
  const auto port = port_number(text.substr(colon == std::string_view::npos ? 0 : colon + 1));
  if (!port || *port == 0) return std::nullopt;
  const bool has_brackets = host.size() > 2 && host.starts_with('[') && host.ends_with(']');
  if (has_brackets) host = host.substr(1, host.size() - 2);
  if (host.find_first_of("[]") != std::string_view::npos) return std::nullopt;
  if ((host.find(':') != std::string_view::npos) != has_brackets) return std::nullopt;
  if (host.empty()) host = "127.0.0.1";
  return ListenAddress{.host = std::string(host == "*" ? "" : host), .port = *port};
}

std::variant<std::vector<ListenAddress>, UsageError> parse_listen_addresses(std::string_view list,
                                                                            int port_default,
                                                                            WireProtocol protocol,
                                                                            bool uses_tls) {
  const ListenAddress defaults{"", static_cast<uint16_t>(std::max(port_default, 0)), protocol,
                               uses_tls ? TlsMode::AsSet : TlsMode::Off};
  std::vector<ListenAddress> addresses;
  while (!list.empty()) {
    const std::string_view word = base::take_word(list, ",;");
    if (word.empty()) continue;
    auto address = parse_one(word, defaults);
    if (auto* error = std::get_if<UsageError>(&address)) return std::move(*error);
    addresses.push_back(std::get<ListenAddress>(std::move(address)));
  }
  if (addresses.empty()) return bad_address("larder: -l names no address");
  return addresses;
}

}  // namespace larder::server
