#include "slab/footprint.h"

#include <catch2/catch.hpp>
#include <string>

#include "slab/store.h"

namespace larder::slab {
namespace {

constexpr base::Time kNow = 100;

TEST_CASE("the footprint of an item is the number of its chunks") {
  Options options;
  options.memory_bytes_max = 8 << 20;
  options.item_size_max = 4 << 20;
  options.chunk_size_max = GENERATE(64u << 10, 40'000u, 1000u);
  const uint32_t flags = GENERATE(0u, 7u);
  for (const uint32_t size : {0u, 60u, 2048u, 2049u, 9000u, 9300u, 9361u, 16'352u, 16'368u, 24'559u,
                              32'751u, 65'504u, 65'519u, 65'520u, 65'521u, 131'039u, 1'000'000u}) {
    CAPTURE(options.chunk_size_max, flags, size);
    Store store(options);
    ThreadCache& cache = store.make_thread_cache();
    const Key key = store.key("key");
    const std::string value(size, 'v');
    REQUIRE(store.write(cache, key, {.flags = flags}, value, kNow) == WriteOutcome::Stored);
    Footprint footprint;
    store.read(cache, key, kNow,
               [&](const ItemView& view) { footprint = store.sizes().footprint_of(view); });
    CHECK(store.inspect().sum(footprint.head, &ClassCounters::items) == 1);
    const auto& piece_classes = store.classes().piece_classes();
    for (size_t i = 0; i < Footprint::kPieceClassesMax; ++i) {
      const uint64_t counted = i < piece_classes.size()
                                   ? store.inspect().sum(piece_classes[i], &ClassCounters::pieces)
                                   : 0;
      CHECK(footprint.piece_counts[i] == counted);
    }
  }
}

}  // namespace
}  // namespace larder::slab
