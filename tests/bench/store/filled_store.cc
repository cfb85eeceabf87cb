#include "tests/bench/store/filled_store.h"

namespace larder::bench {
namespace {

// Twice what the items take, so that nothing is evicted.
slab::Options options_for(const KeySpace& keys) {
  constexpr size_t kOverheadMax = 64;
  slab::Options options;
  options.memory_bytes_max =
      (size_t{64} << 20) +
      2 * keys.key_count() * (keys.key_size() + keys.value_size() + kOverheadMax);
  // As the server does with so much.
  options.uses_huge_pages = options.memory_bytes_max >= size_t{1} << 30;
  options.thread_count_max = kThreadsMax;
  return options;
}

}  // namespace

FilledStore::FilledStore(const KeySpace& keys)
    : store_(options_for(keys)), value_(keys.value_size(), 'v') {
  if (!store_.is_usable()) return;
  for (uint32_t i = 0; i < kThreadsMax; ++i) caches_.push_back(&store_.make_thread_cache());
  std::string name;
  for (uint64_t i = 0; i < keys.key_count(); ++i) {
    name.clear();
    keys.append_key(i, &name);
    const auto outcome = store_.write(cache(0), store_.key(name), {}, value_, kNow);
    if (outcome != slab::WriteOutcome::Stored) return;
  }
  is_full_ = true;
}

}  // namespace larder::bench
