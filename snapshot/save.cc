#include "snapshot/save.h"

#include <chrono>
#include <optional>
#include <thread>

#include "base/version.h"
#include "slab/point_in_time_walk.h"
#include "snapshot/block_queue.h"
#include "snapshot/pace.h"
#include "snapshot/record_sink.h"
#include "snapshot/writer.h"

namespace larder::snapshot {

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr size_t kBucketsPerStep = 256;

// The thread that writes: takes blocks from the queue until it is closed or something fails.
class WriterThread {
 public:
  WriterThread(Writer& writer, uint64_t bytes_per_second, SaveProgress& progress)
      : writer_(writer),
        progress_(progress),
        bytes_per_second_(bytes_per_second),
        thread_([this] { run(); }) {}
  ~WriterThread() {
    if (thread_.joinable()) {
      queue_.cancel();
      thread_.join();
    }
  }

  BlockQueue& queue() noexcept { return queue_; }

  // Waits until all blocks are written; they are what was added before.
  base::Outcome finish() {
    queue_.close();
    thread_.join();
    if (error_) return *error_;
    return base::Done{};
  }

 private:
  void run() {
    const auto start = SteadyClock::now();
    Pace pace(bytes_per_second_);
    while (auto block = queue_.pop()) {
      if (auto done = writer_.write(*block); !done) {
        error_ = done.error();
        queue_.cancel();
        return;
      }
      queue_.recycle(std::move(*block));
      progress_.file_bytes.store(writer_.file_bytes(), std::memory_order_relaxed);
      wait(pace.wait_after(writer_.file_bytes(), SteadyClock::now() - start));
    }
  }

  // In short steps, so that a cancelled save ends soon.
  void wait(Pace::Duration left) {
    constexpr Pace::Duration kStep = std::chrono::milliseconds(20);
    while (left > Pace::Duration::zero() &&
           !progress_.is_cancelled.load(std::memory_order_relaxed)) {
      std::this_thread::sleep_for(std::min(left, kStep));
      left -= kStep;
    }
  }

  Writer& writer_;
  SaveProgress& progress_;
  uint64_t bytes_per_second_;
  BlockQueue queue_;
  std::optional<base::Error> error_;  // the thread's, until it has ended
  std::thread thread_;
};

int64_t unix_milliseconds() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count();
}

FileHeader header_for(const slab::Store& store, const FileHeader& names) {
  FileHeader header = names;
  header.writer_version = base::kLarderVersion;
  header.cut_unix_ms = unix_milliseconds();
  header.hash_power = store.options().hash_power;
  for (size_t id = 1; id <= store.classes().count(); ++id) {
    const auto class_id = static_cast<slab::ClassId>(id);
    header.item_estimate += store.inspect().level(class_id, &slab::ClassCounters::items);
    header.byte_estimate += store.inspect().level(class_id, &slab::ClassCounters::bytes);
  }
  return header;
}

// Hands all items to the queue.  False: cancelled, or nothing more is wanted.
bool walk_all(slab::PointInTimeWalk& walk, RecordSink& sink, const base::Clock& clock,
              SaveProgress& progress) {
  while (walk.step(sink, kBucketsPerStep, clock.now())) {
    progress.items.store(sink.items(), std::memory_order_relaxed);
    progress.permille.store(static_cast<uint32_t>(walk.progress() * 1000),
                            std::memory_order_relaxed);
    if (progress.is_cancelled.load(std::memory_order_relaxed)) return false;
  }
  progress.items.store(sink.items(), std::memory_order_relaxed);
  return sink.finish();
}

}  // namespace

base::Result<Saved> save(slab::Store& store, slab::ThreadCache& cache, const base::Clock& clock,
                         const SaveOptions& options, SaveProgress& progress) {
  const auto start = SteadyClock::now();
  const KeyRing none;
  auto writer = Writer::create(options.path, header_for(store, options.header), options.codec,
                               options.keys != nullptr ? *options.keys : none);
  if (!writer) return writer.error();

  WriterThread thread(*writer, options.bytes_per_second, progress);
  uint64_t relaxed = 0;
  uint64_t evicted = 0;
  bool is_complete = false;
  {
    RecordSink sink(thread.queue(), clock.unix_zero());
    slab::PointInTimeWalk walk(store, cache, clock.now());
    if (!walk.has_begun()) return base::fail("another snapshot is being taken");
    is_complete = walk_all(walk, sink, clock, progress);
    relaxed = walk.relaxed();
    evicted = walk.evicted();
  }
  if (auto done = thread.finish(); !done) return done.error();
  if (!is_complete) return base::fail("the snapshot was cancelled");
  if (options.is_strict && relaxed + evicted > 0) {
    return base::fail(std::to_string(evicted) + " items were evicted and " +
                      std::to_string(relaxed) + " changed before they could be saved");
  }
  if (auto done = writer->finish(relaxed, evicted); !done) return done.error();
  Saved saved{.totals = writer->totals(), .file_bytes = writer->file_bytes()};
  saved.totals.relaxed_count = relaxed;
  saved.totals.evicted_count = evicted;
  saved.seconds = std::chrono::duration<double>(SteadyClock::now() - start).count();
  return saved;
}

}  // namespace larder::snapshot
