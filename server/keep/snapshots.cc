#include "server/keep/snapshots.h"

#include <chrono>
#include <utility>

namespace larder::server {

namespace {

int64_t unix_now() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(since_epoch).count();
}

SnapshotSchedule schedule_of(const KeepOptions& options) {
  if (options.snapshot_every_seconds > 0) {
    return SnapshotSchedule::every(options.snapshot_every_seconds);
  }
  if (options.snapshot_at_minute >= 0) return SnapshotSchedule::daily(options.snapshot_at_minute);
  return {};
}

base::Result<snapshot::KeyRing> keys_of(const KeepOptions& options) {
  if (!options.snapshot_key_file.empty()) {
    return snapshot::KeyRing::from_file(options.snapshot_key_file);
  }
  if (!options.snapshot_key_command.empty()) {
    return snapshot::KeyRing::from_command(options.snapshot_key_command);
  }
  return snapshot::KeyRing();
}

uint64_t milliseconds(double seconds) { return static_cast<uint64_t>(seconds * 1000); }

}  // namespace

base::Result<std::unique_ptr<Snapshots>> Snapshots::open(const Context& context) {
  auto keys = keys_of(context.options);
  if (!keys) return keys.error();
  std::unique_ptr<Snapshots> snapshots(new Snapshots(context, std::move(*keys)));
  if (context.options.snapshot_folder.empty()) return snapshots;
  if (auto done = snapshots->folder_.check(); !done) return done.error();
  snapshots->thread_ = std::thread([it = snapshots.get()] { it->run(); });
  return snapshots;
}

Snapshots::Snapshots(const Context& context, snapshot::KeyRing keys)
    : context_(context),
      keys_(std::move(keys)),
      folder_(context.options.snapshot_folder),
      schedule_(schedule_of(context.options)),
      progress_(std::make_unique<snapshot::SaveProgress>()) {
  status_.interval_seconds = schedule_.interval_seconds();
  status_.next_at = schedule_.next_after(unix_now()).value_or(0);
}

Snapshots::~Snapshots() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    progress_->is_cancelled.store(true);
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

SnapshotRequest Snapshots::request() {
  if (!thread_.joinable()) return SnapshotRequest::NoFolder;
  const std::lock_guard lock(mutex_);
  if (is_wanted_ || status_.is_saving || is_stopping_) return SnapshotRequest::Busy;
  is_wanted_ = true;
  changed_.notify_all();
  return SnapshotRequest::Started;
}

// A snapshot that was taken on request does not move the schedule.
void Snapshots::look_at_schedule() {
  if (!thread_.joinable() || !schedule_.is_on()) return;
  const int64_t now = unix_now();
  {
    const std::lock_guard lock(mutex_);
    if (now < status_.next_at) return;
    status_.next_at = schedule_.next_after(now).value_or(0);
  }
  request();
}

void Snapshots::save_at_stop() {
  if (!thread_.joinable()) return;
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !is_wanted_ && !status_.is_saving; });
  is_wanted_ = true;
  changed_.notify_all();
  changed_.wait(lock, [this] { return !is_wanted_ && !status_.is_saving; });
}

SnapshotStatus Snapshots::status() const {
  const std::lock_guard lock(mutex_);
  SnapshotStatus status = status_;
  if (status.is_saving) {
    status.items_so_far = progress_->items.load(std::memory_order_relaxed);
    status.file_bytes_so_far = progress_->file_bytes.load(std::memory_order_relaxed);
    status.permille = progress_->permille.load(std::memory_order_relaxed);
  }
  return status;
}

void Snapshots::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return is_wanted_ || is_stopping_; });
    if (is_stopping_) return;
    is_wanted_ = false;
    status_.is_saving = true;
    progress_ = std::make_unique<snapshot::SaveProgress>();
    lock.unlock();
    save_once();
    lock.lock();
    status_.is_saving = false;
    changed_.notify_all();
  }
}

void Snapshots::save_once() {
  const std::string path = folder_.new_path(unix_now());
  const KeepOptions& options = context_.options;
  const auto codec = options.compresses_snapshots ? snapshot::Codec::Zstd : snapshot::Codec::None;
  auto saved = snapshot::save(context_.store, context_.cache, context_.clock,
                              {.path = path,
                               .header = context_.names,
                               .codec = codec,
                               .keys = &keys_,
                               .bytes_per_second = options.snapshot_bytes_per_second},
                              *progress_);
  context_.store.on_turn(context_.cache, context_.clock.now());
  context_.store.maintenance().rest(context_.cache);
  if (saved) return tell_saved(path, *saved);
  context_.log.tell(LogEvent::SnapshotFailed, "The snapshot failed; older snapshots are unchanged.",
                    [&](LogLine& line) { line.text("error", saved.error().text); });
  const std::lock_guard lock(mutex_);
  ++status_.failure_count;
  status_.last_error = saved.error().text;
}

void Snapshots::tell_saved(const std::string& path, const snapshot::Saved& saved) {
  folder_.prune(static_cast<size_t>(context_.options.snapshot_keep_count));
  context_.log.tell(LogEvent::SnapshotSaved, "Snapshot saved.", [&](LogLine& line) {
    line.text("file", path);
    line.number("items", saved.totals.item_count);
    line.number("bytes", saved.file_bytes);
    line.number("ms", milliseconds(saved.seconds));
    line.number("changed", saved.totals.relaxed_count);
    line.number("evicted", saved.totals.evicted_count);
  });
  const std::lock_guard lock(mutex_);
  ++status_.success_count;
  status_.last_success_at = unix_now();
  status_.last_seconds = saved.seconds;
  status_.last_items = saved.totals.item_count;
  status_.last_file_bytes = saved.file_bytes;
  status_.last_relaxed = saved.totals.relaxed_count;
  status_.last_evicted = saved.totals.evicted_count;
  status_.last_file = path;
  status_.last_error.clear();
}

void Snapshots::load_newest(std::span<slab::ThreadCache* const> caches) {
  for (const std::string& path : folder_.paths()) {
    if (load(path, caches)) return;
  }
}

bool Snapshots::load(const std::string& path, std::span<slab::ThreadCache* const> caches) {
  snapshot::LoadProgress progress;
  const auto loaded = snapshot::load(context_.store, caches, context_.clock,
                                     {.path = path, .keys = &keys_}, progress);
  if (!loaded) {
    // What was loaded before the error is not a whole snapshot.
    if (progress.items.load() > 0) context_.store.flush_all(context_.clock.now());
    context_.log.tell(LogEvent::SnapshotNotLoaded, "A snapshot cannot be loaded.",
                      [&](LogLine& line) { line.text("error", loaded.error().text); });
    return false;
  }
  context_.log.tell(LogEvent::SnapshotLoaded, "Snapshot loaded.", [&](LogLine& line) {
    line.text("file", path);
    line.number("items", loaded->items);
    line.number("expired", loaded->expired);
    line.number("left_out", loaded->skipped() - loaded->expired);
    line.number("ms", milliseconds(loaded->seconds));
  });
  const std::lock_guard lock(mutex_);
  status_.loaded_items = loaded->items;
  status_.loaded_seconds = loaded->seconds;
  return true;
}

}  // namespace larder::server
