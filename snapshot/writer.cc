#include "snapshot/writer.h"

#include <utility>

namespace larder::snapshot {

base::Result<Writer> Writer::create(const std::string& path, FileHeader header, Codec codec,
                                    const KeyRing& keys) {
  header.codec = codec;
  header.incompatible_features = codec == Codec::Zstd ? kFeatureZstd : 0;
  const Secret* key = keys.empty() ? nullptr : &keys.first();
  if (key != nullptr) {
    header.cipher = Cipher::Aes256Gcm;
    header.incompatible_features |= kFeatureAes256Gcm;
    header.key_id = keys.first_id();
    auto salt = make_salt();
    if (!salt) return salt.error();
    header.salt = *salt;
  }
  const auto bytes = encode(header);
  const std::string_view header_bytes(bytes.data(), bytes.size());
  auto file = NewFile::create(path);
  if (!file) return file.error();
  if (auto done = file->append(header_bytes); !done) return done.error();
  return Writer(std::move(*file), BlockSealer(header, header_bytes, key));
}

base::Outcome Writer::write(const RawBlock& block) {
  if (auto done = sealer_.seal(block, sealed_); !done) return done;
  return file_.append(sealed_);
}

base::Outcome Writer::finish(uint64_t relaxed_count, uint64_t evicted_count) {
  Totals totals = sealer_.totals();
  totals.relaxed_count = relaxed_count;
  totals.evicted_count = evicted_count;
  if (auto done = write({.kind = BlockKind::End, .bytes = encode(totals)}); !done) return done;
  return file_.commit();
}

}  // namespace larder::snapshot
