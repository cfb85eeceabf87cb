#include "snapshot/load.h"

#include <chrono>
#include <limits>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "snapshot/idle_cutoff.h"
#include "snapshot/item_loader.h"
#include "snapshot/reader.h"
#include "snapshot/record_source.h"

namespace larder::snapshot {

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr uint64_t kGroupsPerTurn = 8;  // between two looks at the clock and at what others free

uint32_t seconds_since(int64_t unix_ms) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const int64_t passed =
      std::chrono::duration_cast<std::chrono::milliseconds>(now).count() - unix_ms;
  constexpr int64_t kMax = std::numeric_limits<uint32_t>::max() / 2;
  return static_cast<uint32_t>(std::clamp<int64_t>(passed / 1000, 0, kMax));
}

// What an item takes: its chunk, and its share of the index.
size_t memory_of(const slab::Store& store, const Record& record) {
  constexpr size_t kIndexBytes = 8;
  const slab::ClassId id =
      store.sizes().class_of(record.key.size(), record.head.flags, record.head.value_size);
  return std::max<size_t>(store.classes().chunk_size(id), record.head.value_size) + kIndexBytes;
}

struct Checked {
  uint64_t end = 0;  // of what is whole: blocks before this offset
  std::string damage;
  uint32_t idle_seconds_max = std::numeric_limits<uint32_t>::max();
};

// The first pass.
class Checker {
 public:
  Checker(const slab::Store& store, const LoadOptions& options, LoadProgress& progress)
      : store_(store), options_(options), progress_(progress) {}

  base::Result<Checked> check(Reader& reader, const Secret* key) {
    if (may_be_too_much(reader.header())) records_.emplace(reader.opener(key));
    Checked checked;
    for (;;) {
      checked.end = reader.offset();
      auto group = reader.next_group();
      auto done = group ? look_at(*group) : base::Outcome(group.error());
      if (!done) {
        if (!options_.allows_partial) return done.error();
        checked.damage = done.error().text;
        break;
      }
      if (group->empty()) break;
      progress_.bytes.store(reader.offset(), std::memory_order_relaxed);
      if (progress_.is_cancelled.load(std::memory_order_relaxed)) {
        return base::fail("the load was cancelled");
      }
    }
    if (records_) checked.idle_seconds_max = cutoff_.idle_seconds_max(memory_for_items());
    return checked;
  }

 private:
  bool may_be_too_much(const FileHeader& header) const {
    constexpr uint64_t kBytesPerItem = 64;  // at most, beside key and value
    return header.byte_estimate + header.item_estimate * kBytesPerItem > memory_for_items();
  }
  // Pages of classes that are not full, and the index that grows in steps.
  uint64_t memory_for_items() const { return store_.inspect().budget().limit() / 20 * 19; }

  base::Outcome look_at(const std::vector<StoredBlock>& group) {
    if (!records_ || group.empty()) return base::Done{};
    if (auto done = records_->open(group); !done) return done;
    for (;;) {
      auto record = records_->next();
      if (!record) return record.error();
      if (!record->has_value()) return base::Done{};
      cutoff_.add((*record)->head.idle_seconds, memory_of(store_, **record));
    }
  }

  const slab::Store& store_;
  const LoadOptions& options_;
  LoadProgress& progress_;
  IdleCutoff cutoff_;
  std::optional<GroupRecords> records_;  // nothing: everything fits
};

// The second pass: the threads take groups of blocks from one reader.
class Crew {
 public:
  Crew(slab::Store& store, const base::Clock& clock, Reader reader, const Secret* key,
       const Checked& checked, LoadProgress& progress)
      : store_(store),
        clock_(clock),
        reader_(std::move(reader)),
        key_(key),
        checked_(checked),
        progress_(progress),
        seconds_passed_(seconds_since(reader_.header().cut_unix_ms)) {}

  base::Result<Loaded> run(std::span<slab::ThreadCache* const> caches) {
    std::vector<std::thread> threads;
    for (slab::ThreadCache* cache : caches.subspan(1)) {
      threads.emplace_back([this, cache] { work(*cache); });
    }
    work(*caches.front());
    for (std::thread& thread : threads) thread.join();
    for (slab::ThreadCache* cache : caches) cache->raise_cas(highest_cas_);
    if (error_) return *error_;
    return loaded_;
  }

 private:
  // Empty at the end.
  base::Result<std::vector<StoredBlock>> take() {
    const std::lock_guard lock(mutex_);
    if (error_ || reader_.offset() >= checked_.end) return std::vector<StoredBlock>();
    if (progress_.is_cancelled.load(std::memory_order_relaxed)) {
      return base::fail("the load was cancelled");
    }
    const uint64_t before = reader_.offset();
    auto group = reader_.next_group();
    progress_.bytes.fetch_add(reader_.offset() - before, std::memory_order_relaxed);
    return group;
  }

  void work(slab::ThreadCache& cache) {
    GroupRecords records(reader_.opener(key_));
    ItemLoader loader(store_, cache, clock_, checked_.idle_seconds_max);
    Loaded counts;
    for (uint64_t turn = 1;; ++turn) {
      auto group = take();
      if (!group) return fail(group.error());
      if (group->empty()) break;
      if (auto done = add_all(*group, records, loader, counts); !done) return fail(done.error());
      if (turn % kGroupsPerTurn == 0) store_.on_turn(cache, clock_.now());
    }
    store_.on_turn(cache, clock_.now());
    store_.maintenance().rest(cache);
    add(counts, loader.highest_cas());
  }

  base::Outcome add_all(const std::vector<StoredBlock>& group, GroupRecords& records,
                        ItemLoader& loader, Loaded& counts) {
    if (auto done = records.open(group); !done) return done;
    uint64_t items = 0;
    for (;;) {
      auto record = records.next();
      if (!record) return record.error();
      if (!record->has_value()) break;
      ++counter_of(loader.load(**record, seconds_passed_), counts);
      ++items;
    }
    progress_.items.fetch_add(items, std::memory_order_relaxed);
    return base::Done{};
  }

  static uint64_t& counter_of(LoadOutcome outcome, Loaded& counts) {
    switch (outcome) {
      case LoadOutcome::Loaded: return counts.items;
      case LoadOutcome::Expired: return counts.expired;
      case LoadOutcome::AlreadyThere: return counts.already_there;
      case LoadOutcome::TooLarge: return counts.too_large;
      case LoadOutcome::Cold: return counts.cold;
      case LoadOutcome::NoMemory: break;
    }
    return counts.no_memory;
  }

  void add(const Loaded& counts, uint64_t highest_cas) {
    const std::lock_guard lock(mutex_);
    highest_cas_ = std::max(highest_cas_, highest_cas);
    loaded_.items += counts.items;
    loaded_.expired += counts.expired;
    loaded_.already_there += counts.already_there;
    loaded_.too_large += counts.too_large;
    loaded_.cold += counts.cold;
    loaded_.no_memory += counts.no_memory;
  }

  void fail(const base::Error& error) {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = error;
  }

  slab::Store& store_;
  const base::Clock& clock_;
  Reader reader_;  // guarded by mutex_
  const Secret* key_;
  const Checked& checked_;
  LoadProgress& progress_;
  const uint32_t seconds_passed_;
  std::mutex mutex_;
  std::optional<base::Error> error_;  // guarded by mutex_
  Loaded loaded_;                     // guarded by mutex_
  uint64_t highest_cas_ = 0;          // guarded by mutex_
};

}  // namespace

base::Result<Loaded> load(slab::Store& store, std::span<slab::ThreadCache* const> caches,
                          const base::Clock& clock, const LoadOptions& options,
                          LoadProgress& progress) {
  const auto start = SteadyClock::now();
  auto reader = Reader::open(options.path);
  if (!reader) return reader.error();
  const KeyRing none;
  const auto key = reader->key_from(options.keys != nullptr ? *options.keys : none);
  if (!key) return key.error();
  progress.bytes_total.store(2 * reader->file_bytes(), std::memory_order_relaxed);

  const FileHeader header = reader->header();
  const auto checked = Checker(store, options, progress).check(*reader, *key);
  if (!checked) return checked.error();
  reader->rewind();
  auto loaded = Crew(store, clock, std::move(*reader), *key, *checked, progress).run(caches);
  if (!loaded) return loaded;
  loaded->header = header;
  loaded->damage = checked->damage;
  loaded->seconds = std::chrono::duration<double>(SteadyClock::now() - start).count();
  return loaded;
}

}  // namespace larder::snapshot
