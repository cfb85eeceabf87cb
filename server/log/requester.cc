#include "server/log/requester.h"

#include <string_view>

#include "base/assertions.h"

namespace larder::server {
namespace {

std::string_view name_of(protocol::Dialect dialect) {
  switch (dialect) {
    case protocol::Dialect::Text: return "text";
    case protocol::Dialect::Meta: return "meta";
    case protocol::Dialect::Binary: return "binary";
  }
  UNREACHABLE();
}

}  // namespace

void add_requester(LogLine& line, const Requester& by) {
  if (by.client == nullptr) return line.text("client", "signal");
  line.text("client", text_of(by.client->peer));
  if (by.client->user != nullptr) line.text("user", *by.client->user);
  line.text("dialect", name_of(by.dialect));
}

}  // namespace larder::server
