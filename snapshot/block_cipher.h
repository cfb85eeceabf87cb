// Encrypts and decrypts the blocks of one file with AES-256-GCM (NIST SP 800-38D).
//
// The file's key is HKDF-SHA256 (RFC 5869) of a master key with the file's salt, so it is used for
// this file only, and the nonce can be the block's sequence number.  The header of the file is part
// of the derivation and the header of the block is authenticated: blocks cannot be changed, moved
// or taken from another file.
//
// Threads: each thread needs an object of its own.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "snapshot/format.h"
#include "snapshot/secret.h"

struct evp_cipher_ctx_st;

namespace larder::snapshot {

inline constexpr size_t kTagBytes = 16;

class BlockCipher {
 public:
  // `header_bytes` are the kHeaderBytes of the file.
  BlockCipher(const Secret& master_key, const Salt& salt, std::string_view header_bytes);
  BlockCipher(BlockCipher&&) = default;
  BlockCipher& operator=(BlockCipher&&) = default;
  ~BlockCipher();

  // Appends the encrypted bytes and their tag to `out`.  `associated` is authenticated only.
  base::Outcome seal(uint64_t sequence, std::string_view associated, std::string_view plain,
                     std::string& out);
  // Appends the decrypted bytes to `out`; nothing if the tag does not fit.
  base::Outcome open(uint64_t sequence, std::string_view associated, std::string_view sealed,
                     std::string& out);

 private:
  Secret key_;
  struct FreeContext {
    void operator()(evp_cipher_ctx_st* context) const noexcept;
  };
  std::unique_ptr<evp_cipher_ctx_st, FreeContext> context_;
};

// A salt for a new file, from OpenSSL's random generator.
base::Result<Salt> make_salt();

}  // namespace larder::snapshot
