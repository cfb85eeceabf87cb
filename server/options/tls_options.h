// TLS options of the listeners.
//
// Threads: plain values.
#pragma once

#include <cstdint>
#include <string>

namespace larder::server {

struct TlsOptions {
  bool uses_tls = false;       // -Z
  std::string tls_chain_file;  // -o ssl_chain_cert
  std::string tls_key_file;    // -o ssl_key; empty: in tls_chain_file
  int tls_key_format = 1;      // -o ssl_keyformat: 1 is PEM, 2 is DER
  std::string tls_ca_file;     // -o ssl_ca_cert; empty: not given
  int tls_verify_mode = 0;     // -o ssl_verify_mode, 0..3
  std::string tls_ciphers;     // -o ssl_ciphers; empty: OpenSSL's default
  // -o ssl_min_version: the minor version of TLS 1.x.
  int tls_min_version = 2;
  uint64_t tls_write_bytes_max = uint64_t{16} << 10;  // -o ssl_wbuf_size: size of one SSL_write()
  bool has_tls_session_cache = false;                 // -o ssl_session_cache
  bool uses_kernel_tls = false;                       // -o ssl_kernel_tls
};

}  // namespace larder::server
