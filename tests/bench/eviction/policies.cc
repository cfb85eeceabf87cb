#include "tests/bench/eviction/policies.h"

#include <algorithm>

#include "tests/bench/eviction/queue.h"

namespace larder::eviction {
namespace {

enum class Place : uint8_t { Out, Small, Main };

// What all of them keep of an object.
class Base : public Policy {
 public:
  Base(uint64_t capacity, size_t object_count)
      : capacity_(capacity),
        links_(object_count),
        sizes_(object_count),
        place_(object_count, Place::Out),
        frequency_(object_count) {}

 protected:
  bool is_in(uint32_t object) const { return place_[object] != Place::Out; }
  void count_access(uint32_t object, uint8_t most) {
    if (frequency_[object] < most) ++frequency_[object];
  }

  const uint64_t capacity_;
  Links links_;
  std::vector<uint32_t> sizes_;
  std::vector<Place> place_;
  std::vector<uint8_t> frequency_;
};

class Lru : public Base {
 public:
  using Base::Base;
  bool access(const Request& request) override {
    const uint32_t object = request.object;
    const bool hit = is_in(object);
    if (hit) queue_.remove(object);
    sizes_[object] = request.size;
    while (queue_.bytes() + request.size > capacity_) place_[queue_.pop()] = Place::Out;
    queue_.push(object);
    place_[object] = Place::Main;
    return hit;
  }

 private:
  Queue queue_{links_, sizes_};
};

class SecondChance : public Base {
 public:
  using Base::Base;
  bool access(const Request& request) override {
    const uint32_t object = request.object;
    if (is_in(object)) {
      count_access(object, 3);
      return true;
    }
    sizes_[object] = request.size;
    while (queue_.bytes() + request.size > capacity_) {
      const uint32_t victim = queue_.pop();
      if (frequency_[victim] > 0) {
        --frequency_[victim];
        queue_.push(victim);
      } else {
        place_[victim] = Place::Out;
      }
    }
    queue_.push(object);
    place_[object] = Place::Main;
    return false;
  }

 private:
  Queue queue_{links_, sizes_};
};

class Sieve : public Base {
 public:
  using Base::Base;
  bool access(const Request& request) override {
    const uint32_t object = request.object;
    if (is_in(object)) {
      count_access(object, 1);
      return true;
    }
    sizes_[object] = request.size;
    while (queue_.bytes() + request.size > capacity_) evict();
    queue_.push(object);
    place_[object] = Place::Main;
    return false;
  }

 private:
  void evict() {
    uint32_t victim = hand_ != kNone ? hand_ : queue_.oldest();
    while (frequency_[victim] > 0) {
      frequency_[victim] = 0;
      victim = queue_.newer_than(victim);
      if (victim == kNone) victim = queue_.oldest();
    }
    hand_ = queue_.newer_than(victim);
    queue_.remove(victim);
    place_[victim] = Place::Out;
  }

  Queue queue_{links_, sizes_};
  uint32_t hand_ = kNone;
};

class S3Fifo : public Base {
 public:
  S3Fifo(uint64_t capacity, size_t object_count)
      : Base(capacity, object_count), ghost_links_(object_count), is_ghost_(object_count) {}

  bool access(const Request& request) override {
    const uint32_t object = request.object;
    if (is_in(object)) {
      count_access(object, 3);
      return true;
    }
    sizes_[object] = request.size;
    while (small_.bytes() + main_.bytes() + request.size > capacity_) {
      if (small_.bytes() > capacity_ / 10 || main_.is_empty()) {
        evict_from_small();
      } else {
        evict_from_main();
      }
    }
    frequency_[object] = 0;
    const bool returns = is_ghost_[object];
    if (returns) forget(object);
    (returns ? main_ : small_).push(object);
    place_[object] = returns ? Place::Main : Place::Small;
    return false;
  }

 private:
  void evict_from_small() {
    const uint32_t object = small_.pop();
    if (frequency_[object] > 0) {
      main_.push(object);
      place_[object] = Place::Main;
      return;
    }
    place_[object] = Place::Out;
    is_ghost_[object] = true;
    ghosts_.push(object);
    while (ghosts_.bytes() > capacity_ / 10 * 9) forget(ghosts_.oldest());
  }
  void evict_from_main() {
    const uint32_t object = main_.pop();
    if (frequency_[object] > 0) {
      --frequency_[object];
      main_.push(object);
    } else {
      place_[object] = Place::Out;
    }
  }
  void forget(uint32_t object) {
    ghosts_.remove(object);
    is_ghost_[object] = false;
  }

  Links ghost_links_;
  std::vector<bool> is_ghost_;
  Queue small_{links_, sizes_};
  Queue main_{links_, sizes_};
  Queue ghosts_{ghost_links_, sizes_};
};

// What slab_class.h does, in a class of its own: places on a ring, two hands, nothing moved.  All
// objects count as of one size, the first's.
class Ring : public Policy {
 public:
  Ring(uint64_t capacity, size_t object_count)
      : capacity_(capacity), place_of_(object_count, kNone), evicted_at_(object_count) {}

  bool access(const Request& request) override {
    if (places_.empty()) places_.resize(std::max<uint64_t>(capacity_ / request.size, 1));
    if (const uint32_t found = place_of_[request.object]; found != kNone) {
      if (places_[found].frequency < 7) ++places_[found].frequency;
      return true;
    }
    const uint32_t number = used_ < places_.size() ? used_++ : evict();
    uint64_t& evicted_at = evicted_at_[request.object];
    const bool returns = evicted_at != 0 && evictions_ - evicted_at < places_.size();
    evicted_at = 0;
    places_[number] = {request.object, static_cast<uint8_t>(returns ? 1 : 0), returns};
    place_of_[request.object] = number;
    small_count_ += returns ? 0 : 1;
    return false;
  }

 private:
  struct Spot {
    uint32_t object = kNone;
    uint8_t frequency = 0;
    bool is_main = false;
  };

  uint32_t evict() {
    for (;;) {
      const bool is_small_turn = small_count_ > places_.size() / 20;
      uint32_t& hand = is_small_turn ? small_hand_ : main_hand_;
      const uint32_t number = hand;
      hand = static_cast<uint32_t>((hand + 1) % places_.size());
      Spot& spot = places_[number];
      if (is_small_turn && spot.is_main) continue;
      if (spot.frequency > 0) {
        if (!is_small_turn) --spot.frequency;
        small_count_ -= spot.is_main ? 0 : 1;
        spot.is_main = true;
        continue;
      }
      small_count_ -= spot.is_main ? 0 : 1;
      place_of_[spot.object] = kNone;
      evicted_at_[spot.object] = ++evictions_;
      return number;
    }
  }

  const uint64_t capacity_;
  std::vector<uint32_t> place_of_;
  std::vector<uint64_t> evicted_at_;  // in evictions; 0: never
  std::vector<Spot> places_;
  uint32_t used_ = 0, small_hand_ = 0, main_hand_ = 0;
  uint64_t small_count_ = 0;
  uint64_t evictions_ = 0;
};

}  // namespace

const std::vector<std::string>& policy_names() {
  static const std::vector<std::string> names{"lru", "second-chance", "sieve", "s3-fifo", "ring"};
  return names;
}

std::unique_ptr<Policy> make_policy(std::string_view name, uint64_t capacity, size_t object_count) {
  if (name == "lru") return std::make_unique<Lru>(capacity, object_count);
  if (name == "second-chance") return std::make_unique<SecondChance>(capacity, object_count);
  if (name == "sieve") return std::make_unique<Sieve>(capacity, object_count);
  if (name == "s3-fifo") return std::make_unique<S3Fifo>(capacity, object_count);
  if (name == "ring") return std::make_unique<Ring>(capacity, object_count);
  return nullptr;
}

}  // namespace larder::eviction
