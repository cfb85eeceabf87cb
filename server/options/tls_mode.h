// Whether a listener's clients speak TLS, and which of them need a certificate.
//
// Threads: any.
#pragma once

#include <cstdint>

namespace larder::server {

// Only a TCP listener may be other than Off.
enum class TlsMode : uint8_t {
  Off,          // notls:, and everything without -Z
  AsSet,        // what -o ssl_verify_mode says
  AnyClient,    // btls: clients are asked for no certificate
  KnownClient,  // mtls: every client needs a certificate that ssl_ca_cert vouches for
};

}  // namespace larder::server
