#include "snapshot/block_cipher.h"

#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>

#include "base/assertions.h"
#include "snapshot/little_endian.h"

namespace larder::snapshot {

namespace {

using Nonce = std::array<char, 12>;

Nonce nonce_of(uint64_t sequence) {
  Nonce nonce{};
  put(nonce.data(), sequence);
  return nonce;
}

const unsigned char* data_of(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
const unsigned char* data_of(const Nonce& nonce) {
  return reinterpret_cast<const unsigned char*>(nonce.data());
}
int size_of(std::string_view bytes) { return static_cast<int>(bytes.size()); }

struct FreeKdf {
  void operator()(EVP_PKEY_CTX* context) const noexcept { EVP_PKEY_CTX_free(context); }
};

}  // namespace

void BlockCipher::FreeContext::operator()(EVP_CIPHER_CTX* context) const noexcept {
  EVP_CIPHER_CTX_free(context);
}

BlockCipher::BlockCipher(const Secret& master_key, const Salt& salt, std::string_view header_bytes)
    : context_(EVP_CIPHER_CTX_new()) {
  constexpr std::string_view kPurpose = "larder snapshot 1";
  std::array<unsigned char, kPurpose.size() + SHA256_DIGEST_LENGTH> info;
  std::copy(kPurpose.begin(), kPurpose.end(), info.begin());
  SHA256(data_of(header_bytes), header_bytes.size(), info.data() + kPurpose.size());

  const std::unique_ptr<EVP_PKEY_CTX, FreeKdf> kdf(EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, nullptr));
  size_t size = Secret::kBytes;
  ASSERT(context_ != nullptr && kdf != nullptr);
  const bool is_derived =
      EVP_PKEY_derive_init(kdf.get()) == 1 &&
      EVP_PKEY_CTX_set_hkdf_md(kdf.get(), EVP_sha256()) == 1 &&
      EVP_PKEY_CTX_set1_hkdf_salt(kdf.get(), salt.data(), static_cast<int>(salt.size())) == 1 &&
      EVP_PKEY_CTX_set1_hkdf_key(kdf.get(), master_key.bytes().data(),
                                 static_cast<int>(Secret::kBytes)) == 1 &&
      EVP_PKEY_CTX_add1_hkdf_info(kdf.get(), info.data(), static_cast<int>(info.size())) == 1 &&
      EVP_PKEY_derive(kdf.get(), key_.bytes().data(), &size) == 1;
  ASSERT(is_derived && size == Secret::kBytes);
}

BlockCipher::~BlockCipher() = default;

base::Outcome BlockCipher::seal(uint64_t sequence, std::string_view associated,
                                std::string_view plain, std::string& out) {
  const Nonce nonce = nonce_of(sequence);
  const size_t begin = out.size();
  out.resize(begin + plain.size() + kTagBytes);
  auto* to = reinterpret_cast<unsigned char*>(out.data() + begin);
  int size = 0;
  const bool is_sealed =
      EVP_EncryptInit_ex(context_.get(), EVP_aes_256_gcm(), nullptr, key_.bytes().data(),
                         data_of(nonce)) == 1 &&
      EVP_EncryptUpdate(context_.get(), nullptr, &size, data_of(associated),
                        size_of(associated)) == 1 &&
      EVP_EncryptUpdate(context_.get(), to, &size, data_of(plain), size_of(plain)) == 1 &&
      EVP_EncryptFinal_ex(context_.get(), to + plain.size(), &size) == 1 &&
      EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, to + plain.size()) == 1;
  if (is_sealed) return base::Done{};
  out.resize(begin);
  return base::fail("OpenSSL cannot encrypt with AES-256-GCM");
}

base::Outcome BlockCipher::open(uint64_t sequence, std::string_view associated,
                                std::string_view sealed, std::string& out) {
  if (sealed.size() < kTagBytes) return base::fail("shorter than its authentication tag");
  const std::string_view text = sealed.substr(0, sealed.size() - kTagBytes);
  std::array<unsigned char, kTagBytes> tag;
  std::copy_n(sealed.end() - kTagBytes, kTagBytes, tag.begin());
  const Nonce nonce = nonce_of(sequence);
  const size_t begin = out.size();
  out.resize(begin + text.size());
  auto* to = reinterpret_cast<unsigned char*>(out.data() + begin);
  int size = 0;
  const bool is_opened =
      EVP_DecryptInit_ex(context_.get(), EVP_aes_256_gcm(), nullptr, key_.bytes().data(),
                         data_of(nonce)) == 1 &&
      EVP_DecryptUpdate(context_.get(), nullptr, &size, data_of(associated),
                        size_of(associated)) == 1 &&
      EVP_DecryptUpdate(context_.get(), to, &size, data_of(text), size_of(text)) == 1 &&
      EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1 &&
      EVP_DecryptFinal_ex(context_.get(), to + text.size(), &size) == 1;
  if (is_opened) return base::Done{};
  out.resize(begin);
  return base::fail("its authentication tag differs");
}

base::Result<Salt> make_salt() {
  Salt salt;
  if (RAND_bytes(salt.data(), static_cast<int>(salt.size())) != 1) {
    return base::fail("OpenSSL has no random bytes");
  }
  return salt;
}

}  // namespace larder::snapshot
