#include "snapshot/compression.h"

#include <zstd.h>

namespace larder::snapshot {

void Compressor::Free::operator()(ZSTD_CCtx* context) const noexcept { ZSTD_freeCCtx(context); }
void Decompressor::Free::operator()(ZSTD_DCtx* context) const noexcept { ZSTD_freeDCtx(context); }

Compressor::Compressor(int level) : context_(ZSTD_createCCtx()), level_(level) {}

bool Compressor::compress(std::string_view raw, std::string& out) {
  out.resize(ZSTD_compressBound(raw.size()));
  const size_t size = ZSTD_compressCCtx(context_.get(), out.data(), out.size(), raw.data(),
                                        raw.size(), level_);
  if (ZSTD_isError(size) != 0 || size > raw.size() - raw.size() / 20) return false;
  out.resize(size);
  return true;
}

Decompressor::Decompressor() : context_(ZSTD_createDCtx()) {}

base::Outcome Decompressor::decompress(std::string_view stored, size_t raw_bytes,
                                       std::string& out) {
  out.resize(raw_bytes);
  const size_t size = ZSTD_decompressDCtx(context_.get(), out.data(), out.size(), stored.data(),
                                          stored.size());
  if (ZSTD_isError(size) != 0) {
    return base::fail(std::string("zstd: ") + ZSTD_getErrorName(size));
  }
  if (size != raw_bytes) return base::fail("its decompressed size differs");
  return base::Done{};
}

}  // namespace larder::snapshot
