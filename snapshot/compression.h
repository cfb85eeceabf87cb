// zstd for the payload of a block.
//
// Threads: each thread needs an object of its own.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

struct ZSTD_CCtx_s;
struct ZSTD_DCtx_s;

namespace larder::snapshot {

class Compressor {
 public:
  explicit Compressor(int level);
  // Sets `out` to the compressed bytes.  False if that saves less than a twentieth.
  bool compress(std::string_view raw, std::string& out);

 private:
  struct Free {
    void operator()(ZSTD_CCtx_s* context) const noexcept;
  };
  std::unique_ptr<ZSTD_CCtx_s, Free> context_;
  int level_;
};

class Decompressor {
 public:
  Decompressor();
  // Sets `out`.  Fails unless the result has exactly `raw_bytes`.
  base::Outcome decompress(std::string_view stored, size_t raw_bytes, std::string& out);

 private:
  struct Free {
    void operator()(ZSTD_DCtx_s* context) const noexcept;
  };
  std::unique_ptr<ZSTD_DCtx_s, Free> context_;
};

}  // namespace larder::snapshot
