// Certificates for tests: self-signed ones, and ones issued by another certificate.
// Threads: any.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <memory>
#include <string>

#include "base/assertions.h"

namespace larder::support {

class Certificate {
 public:
  // Valid for an hour.  Self-signed if `issuer` is null.  `alternative`: the subject's alternative
  // name, such as "DNS:a.example" or "IP:127.0.0.1".
  explicit Certificate(const std::string& name, const Certificate* issuer = nullptr,
                       const std::string& alternative = "")
      : key_(EVP_EC_gen("P-256"), EVP_PKEY_free), certificate_(X509_new(), X509_free) {
    static long last_serial = 0;
    X509* const x = certificate_.get();
    ASSERT(X509_set_version(x, X509_VERSION_3) == 1);
    ASN1_INTEGER_set(X509_get_serialNumber(x), ++last_serial);
    X509_gmtime_adj(X509_getm_notBefore(x), -60);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_set_pubkey(x, key_.get());
    const auto* text = reinterpret_cast<const unsigned char*>(name.c_str());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC, text, -1, -1, 0);
    if (issuer == nullptr) {
      const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> vouches(
          X509V3_EXT_conf_nid(nullptr, nullptr, NID_basic_constraints, "critical,CA:TRUE"),
          X509_EXTENSION_free);
      ASSERT(X509_add_ext(x, vouches.get(), -1) == 1);
    }
    if (!alternative.empty()) {
      const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> names(
          X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, alternative.c_str()),
          X509_EXTENSION_free);
      ASSERT(X509_add_ext(x, names.get(), -1) == 1);
    }
    const Certificate& by = issuer != nullptr ? *issuer : *this;
    X509_set_issuer_name(x, X509_get_subject_name(by.certificate_.get()));
    ASSERT(X509_sign(x, by.key_.get(), EVP_sha256()) > 0);
  }

  // Changes the end of validity to `seconds` from now.  For a self-signed certificate.
  void end_after(long seconds) {
    X509_gmtime_adj(X509_getm_notAfter(certificate_.get()), seconds);
    ASSERT(X509_sign(certificate_.get(), key_.get(), EVP_sha256()) > 0);
  }

  X509* x509() const { return certificate_.get(); }
  EVP_PKEY* key() const { return key_.get(); }

  // Replaces the files; with an empty path that file is not written.
  void write(const std::string& certificate_path, const std::string& key_path) const {
    if (!certificate_path.empty()) {
      std::FILE* const file = open(certificate_path);
      ASSERT(PEM_write_X509(file, x509()) == 1 && std::fclose(file) == 0);
    }
    if (!key_path.empty()) {
      std::FILE* const file = open(key_path);
      ASSERT(PEM_write_PrivateKey(file, key(), nullptr, nullptr, 0, nullptr, nullptr) == 1 &&
             std::fclose(file) == 0);
    }
  }

 private:
  static std::FILE* open(const std::string& path) {
    std::FILE* const file = std::fopen(path.c_str(), "we");
    ASSERT(file != nullptr);
    return file;
  }

  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
  std::unique_ptr<X509, decltype(&X509_free)> certificate_;
};

}  // namespace larder::support
