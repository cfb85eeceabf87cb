#include "server/http/http_host.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <climits>
#include <string>

namespace larder::server {
namespace {

// Removes the port and the brackets of an IPv6 address.
std::string_view name_in(std::string_view host) {
  if (host.starts_with('[')) {
    const size_t end = host.find(']');
    return end == std::string_view::npos ? host : host.substr(1, end - 1);
  }
  return host.substr(0, host.find(':'));
}

std::string in_lower_case(std::string_view text) {
  std::string lower(text);
  for (char& each : lower) {
    if (each >= 'A' && each <= 'Z') each = static_cast<char>(each + ('a' - 'A'));
  }
  return lower;
}

bool is_address(const std::string& name) {
  in6_addr place{};
  return ::inet_pton(AF_INET, name.c_str(), &place) == 1 ||
         ::inet_pton(AF_INET6, name.c_str(), &place) == 1;
}

}  // namespace

bool is_local_host(std::string_view host, std::string_view machine_name) {
  std::string name = in_lower_case(name_in(host));
  if (name.ends_with('.')) name.pop_back();
  if (name.find('.') == std::string::npos && name.find(':') == std::string::npos) return true;
  return name.ends_with(".localhost") || name == in_lower_case(machine_name) || is_address(name);
}

std::string name_of_this_machine() {
  char name[HOST_NAME_MAX + 1] = {};
  return ::gethostname(name, sizeof(name)) == 0 ? name : "";
}

bool came_by_loopback(int fd) {
  sockaddr_storage ours{};
  socklen_t size = sizeof ours;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&ours), &size) != 0) return false;
  if (ours.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(ours);
    return ntohl(v4.sin_addr.s_addr) >> 24 == 127;
  }
  if (ours.ss_family != AF_INET6) return false;
  const in6_addr& v6 = reinterpret_cast<const sockaddr_in6&>(ours).sin6_addr;
  return IN6_IS_ADDR_LOOPBACK(&v6) || (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == 127);
}

}  // namespace larder::server
