// Whether a listener uses TLS, and whether its clients need a certificate.
//
// Threads: any.
#pragma once

#include <cstdint>

namespace larder::server {

// Only TCP listeners can have a mode other than Off.
enum class TlsMode : uint8_t {
  Off,          // notls:, and all listeners without -Z
  AsSet,        // according to -o ssl_verify_mode
  AnyClient,    // btls: no client certificate is requested
  KnownClient,  // mtls: every client needs a certificate signed by ssl_ca_cert
};

}  // namespace larder::server
