#include "server/options/wire_protocol.h"

#include "base/assertions.h"

namespace larder::server {

std::string_view wire_protocol_name(WireProtocol protocol) {
  switch (protocol) {
    case WireProtocol::Auto: return "auto-negotiate";
    case WireProtocol::Ascii: return "ascii";
    case WireProtocol::Binary: return "binary";
  }
  UNREACHABLE();
}

}  // namespace larder::server
