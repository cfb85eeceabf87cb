#include "server/cluster/etcd_membership.h"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "server/support/clock_driver.h"

namespace larder::server {
namespace {

// All nodes see a change at the same time.  A random delay up to this limit lets one of them write
// the new map before the others look.
constexpr uint32_t kSettleMillisecondsMax = 40;

// Rounded up: 0 only if the time has been reached.
uint32_t milliseconds_until(int64_t moment_us) {
  const int64_t left_us = std::max<int64_t>(moment_us - monotonic_microseconds(), 0);
  const int64_t left_ms = left_us / 1000 + (left_us % 1000 > 0 ? 1 : 0);
  return static_cast<uint32_t>(std::min<int64_t>(left_ms, std::numeric_limits<uint32_t>::max()));
}

}  // namespace

EtcdMembership::EtcdMembership(Settings settings, Log& log, EtcdRegistry::Publish publish)
    : settings_(std::move(settings)),
      publish_(std::move(publish)),
      client_(settings_.etcd),
      registry_(client_, settings_.cluster, settings_.self, settings_.told,
                [this](const EtcdMap& map) { changed(map); }),
      // A third of the TTL, so that a node retries several times before others may remove it.
      backoff_(std::random_device()(), settings_.ttl_seconds * 1000 / 3),
      availability_(settings_.cluster, address_of(settings_.self), log),
      farewell_ends_us_(std::numeric_limits<int64_t>::max()) {}

EtcdMembership::~EtcdMembership() { stop(); }

void EtcdMembership::start(uint32_t milliseconds_max) {
  thread_ = std::thread([this] {
    ::pthread_setname_np(::pthread_self(), "etcd");
    run();
  });
  std::unique_lock lock(mutex_);
  first_attempt_.wait_for(lock, std::chrono::milliseconds(milliseconds_max),
                          [this] { return is_first_attempt_over_; });
}

void EtcdMembership::settle_first_attempt() {
  const std::lock_guard lock(mutex_);
  is_first_attempt_over_ = true;
  first_attempt_.notify_all();
}

void EtcdMembership::withdraw() noexcept {
  is_leaving_.store(true);
  client_.wake();
}

void EtcdMembership::stop() {
  if (!thread_.joinable()) return;
  const int64_t ends_us = monotonic_microseconds() + kFarewellMicroseconds;
  farewell_ends_us_.store(ends_us);
  client_.give_up_at(ends_us);
  withdraw();
  thread_.join();
}

EtcdMembership::Figures EtcdMembership::figures() const {
  Figures figures{.is_etcd_up = availability_.is_up(),
                  .etcd_errors = client_.error_count(),
                  .version = 0,
                  .nodes = {}};
  const std::lock_guard lock(mutex_);
  if (map_) {
    figures.version = map_->version;
    figures.nodes = map_->nodes;
  }
  return figures;
}

void EtcdMembership::run() {
  while (!is_leaving_.load()) {
    const Ending ending = attend();
    settle_first_attempt();
    if (ending == Ending::Asked) break;
    // A node that lost its lease after a long membership rejoins at once; otherwise with backoff,
    // so that it does not join and leave in a tight loop.
    const bool was_long = monotonic_microseconds() - joined_at_us_ >= ttl_us();
    if (ending == Ending::Expired && was_long) continue;
    client_.unwatch();
    std::ignore = client_.wait_for_change(backoff_.next_milliseconds());
  }
  take_leave();
}

EtcdMembership::Ending EtcdMembership::attend() {
  if (const auto joined = join(); !joined) {
    availability_.note_failure(joined.error());
    return Ending::Failed;
  }
  availability_.note_joined(lease_.id, client_.endpoint());
  settle_first_attempt();
  const auto ending = stay();
  if (ending) return *ending;
  availability_.note_failure(ending.error());
  return Ending::Failed;
}

base::Outcome EtcdMembership::join() {
  if (lease_.id != 0) {
    const auto is_alive = renew_lease();
    if (!is_alive) return is_alive.error();
  }
  if (lease_.id == 0) {
    const auto granted = client_.grant(settings_.ttl_seconds);
    if (!granted) return granted.error();
    lease_ = *granted;
  }
  // If two processes use one address, the one that started later wins.
  const auto enlisted = registry_.enlist(lease_.id, availability_.has_ever_joined()
                                                        ? EtcdRegistry::IfTaken::LetBe
                                                        : EtcdRegistry::IfTaken::TakeOver);
  if (!enlisted) return enlisted.error();
  if (*enlisted == EtcdRegistry::Standing::Taken) return taken();
  joined_at_us_ = monotonic_microseconds();
  const auto is_registered = look();
  if (!is_registered) return is_registered.error();
  if (!*is_registered) return base::fail("the registration was gone at once");
  registry_.watch();
  return base::Done{};
}

// Returns false if the lease has expired.
base::Result<bool> EtcdMembership::renew_lease() {
  const auto seconds = client_.keep_alive(lease_.id);
  if (!seconds) return seconds.error();
  if (*seconds > 0) return true;
  lease_.id = 0;
  return false;
}

base::Error EtcdMembership::taken() const {
  return base::fail("another process has registered as " + address_of(settings_.self));
}

// Returns false if this node is no longer registered.
base::Result<bool> EtcdMembership::look() {
  const bool may_remove = monotonic_microseconds() - joined_at_us_ >= ttl_us();
  const auto standing = registry_.reconcile(lease_.id, may_remove);
  if (!standing) return standing.error();
  if (*standing == EtcdRegistry::Standing::Taken) {
    return taken();
  }
  return *standing == EtcdRegistry::Standing::Registered;
}

base::Result<EtcdMembership::Ending> EtcdMembership::stay() {
  const int64_t renew_every_us = ttl_us() / 3;
  int64_t renew_at_us = joined_at_us_ + renew_every_us;
  int64_t look_at_us = joined_at_us_ + ttl_us();
  bool has_watch = true;
  while (!is_leaving_.load()) {
    const int64_t now_us = monotonic_microseconds();
    if (now_us >= renew_at_us) {
      const auto is_alive = renew_lease();
      if (!is_alive) return is_alive.error();
      if (!*is_alive) return Ending::Expired;
      renew_at_us = now_us + renew_every_us;
      backoff_.reset();
      availability_.note_renewed();
      if (client_.watches_elsewhere()) has_watch = false, look_at_us = now_us;
    }
    if (now_us >= look_at_us) {
      const auto is_registered = look();
      if (!is_registered) return is_registered.error();
      if (!*is_registered) return Ending::Expired;
      look_at_us = now_us + ttl_us();
      if (!std::exchange(has_watch, true)) registry_.watch();
    }
    const auto is_change =
        client_.wait_for_change(milliseconds_until(std::min(renew_at_us, look_at_us)));
    const int64_t then_us = monotonic_microseconds();
    if (!is_change) {
      has_watch = false;
      look_at_us = std::min(look_at_us, then_us + 1000 * int64_t{backoff_.next_milliseconds()});
    } else if (*is_change) {
      const int64_t settled_us = then_us + 1000 * int64_t{backoff_.up_to(kSettleMillisecondsMax)};
      look_at_us = std::min(look_at_us, settled_us);
    }
  }
  return Ending::Asked;
}

void EtcdMembership::take_leave() {
  // The node may still be in the map after its lease has expired, or after a join that failed
  // halfway.
  while (availability_.has_ever_joined() || lease_.id != 0) {
    const auto left = registry_.withdraw(lease_.id);
    if (left) {
      // An error does not matter, because the lease expires.
      if (lease_.id != 0) std::ignore = client_.revoke(lease_.id);
      return;
    }
    availability_.note_away(left.error());
    const uint32_t left_ms = milliseconds_until(farewell_ends_us_.load());
    if (left_ms == 0) return;
    client_.unwatch();
    std::ignore = client_.wait_for_change(std::min(backoff_.next_milliseconds(), left_ms));
  }
}

void EtcdMembership::changed(const EtcdMap& map) {
  {
    const std::lock_guard lock(mutex_);
    map_ = map;
  }
  if (publish_) publish_(map);
}

}  // namespace larder::server
