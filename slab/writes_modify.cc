// Changing stored items: counters, append and prepend.

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>

#include "base/assertions.h"
#include "slab/writes.h"

namespace larder::slab {
namespace {

constexpr size_t kDigitsMax = 20;

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// Parses a counter like memcached: leading spaces and a sign are allowed, and a space or a NUL may
// follow.  A minus is allowed only if the number remains positive as a 64-bit value.
bool read_counter(std::string_view text, uint64_t* number) {
  const char* position = text.data();
  const char* const end = position + text.size();
  while (position < end && is_space(*position)) ++position;
  bool is_negative = false;
  if (position < end && (*position == '+' || *position == '-')) is_negative = *position++ == '-';
  const auto [after, error] = std::from_chars(position, end, *number);
  if (error != std::errc{}) return false;
  if (after < end && *after != 0 && !is_space(*after)) return false;
  if (is_negative) {
    *number = 0 - *number;
    if (static_cast<int64_t>(*number) < 0) return false;
  }
  return true;
}

uint64_t change(uint64_t value, uint64_t delta, bool decrements) {
  if (!decrements) return value + delta;  // wraps around, as documented
  return delta > value ? 0 : value - delta;
}

}  // namespace

ArithmeticOutcome Writes::change_counter(ThreadCache& cache, const Key& key,
                                         const ArithmeticHead& head, base::Time now,
                                         Counted* counted) {
  for (;;) {
    Item* dead = nullptr;
    Bucket* bucket = heap_.index.lock(key.hash);
    const uint32_t stamp_now = heap_.stamp(now);
    const Index::Slot slot = links_.find_live(cache, bucket, key, now, &dead);
    if (!slot) {
      heap_.index.unlock(bucket);
      if (dead != nullptr) heap_.release(cache, dead);
      if (!head.initial) return ArithmeticOutcome::NotFound;
      const ArithmeticOutcome outcome = create_counter(cache, key, head, now, counted);
      if (outcome != ArithmeticOutcome::Exists) return outcome;
      continue;
    }
    Item* item = heap_.pool.item_at(slot.ref());
    uint64_t value = 0;
    // Without CAS every item has the id 0, and any other id is a mismatch, as in memcached.
    const bool is_other = item->value_size != 0 && head.cas != 0 && item->cas() != head.cas;
    const bool has_text = item->value_size != 0 && !item->is_large();
    if (is_other || !has_text || !read_counter({item->value(), item->value_size}, &value)) {
      heap_.index.unlock(bucket);
      return is_other ? ArithmeticOutcome::Exists : ArithmeticOutcome::NotANumber;
    }
    *counted = {.number = change(value, head.delta, head.decrements),
                .exptime_before = item->exptime.load(std::memory_order_relaxed),
                .class_id = item->class_id};
    char digits[kDigitsMax];
    const char* const digits_end = std::to_chars(digits, digits + kDigitsMax, counted->number).ptr;
    const auto size = static_cast<size_t>(digits_end - digits);
    if (size <= item->value_size) {  // in place, padded with spaces to the old length
      links_.overwrite(cache, item, {digits, size}, head.new_cas);
      counted->cas = item->cas();
      if (head.exptime) links_.set_exptime(item, *head.exptime);
      Links::raise_stamp(item, stamp_now);
      heap_.index.unlock(bucket);
      return ArithmeticOutcome::Done;
    }
    // The number does not fit into its item.  A new item cannot be allocated with a bucket locked.
    char old_digits[kDigitsMax];  // shorter than the new number
    const size_t old_size = item->value_size;
    std::memcpy(old_digits, item->value(), old_size);
    const std::string_view old_value(old_digits, old_size);
    const uint32_t flags = item->flags();
    heap_.index.unlock(bucket);
    ItemWriter grown = reserve(cache, key, flags, static_cast<uint32_t>(size), now);
    if (!grown || !grown.append({digits, size}, now)) return ArithmeticOutcome::OutOfMemory;
    Written written;
    if (link_joined(cache, key, item, false, old_value, grown,
                    {.cas = head.cas, .new_cas = head.new_cas}, head.exptime, now, &written)) {
      counted->cas = written.cas;
      return ArithmeticOutcome::Done;
    }
  }
}

ArithmeticOutcome Writes::create_counter(ThreadCache& cache, const Key& key,
                                         const ArithmeticHead& head, base::Time now,
                                         Counted* counted) {
  char digits[kDigitsMax];
  const char* const end = std::to_chars(digits, digits + kDigitsMax, *head.initial).ptr;
  Written written;
  *counted = {.number = *head.initial, .is_new = true};
  switch (write(cache, key,
                {.mode = WriteMode::Add,
                 .key_is_binary = head.key_is_binary,
                 .exptime = head.creation_exptime,
                 .new_cas = head.new_cas},
                {digits, static_cast<size_t>(end - digits)}, now, &written)) {
    case WriteOutcome::Stored: counted->cas = written.cas; return ArithmeticOutcome::Done;
    case WriteOutcome::OutOfMemory: return ArithmeticOutcome::OutOfMemory;
    default: return ArithmeticOutcome::Exists;
  }
}

WriteOutcome Writes::join(ItemWriter& addition, const Key& key, const WriteHead& head,
                          base::Time now, Written* written) {
  for (;;) {
    const WriteOutcome extended = concatenate(addition, key, head, now, written);
    if (extended != WriteOutcome::NotFound) return extended;
    if (!head.creates) return WriteOutcome::NotStored;
    WriteHead creation = head;
    creation.mode = WriteMode::Add;
    const WriteOutcome created = link(addition, key, creation, now, written);
    if (created != WriteOutcome::NotStored) return created;  // or another thread has created it
  }
}

WriteOutcome Writes::concatenate(ItemWriter& addition, const Key& key, const WriteHead& head,
                                 base::Time now, Written* written) {
  ThreadCache& cache = *addition.cache_;
  for (;;) {
    Item* dead = nullptr;
    Bucket* bucket = heap_.index.lock(key.hash);
    const Index::Slot slot = links_.find_live(cache, bucket, key, now, &dead);
    Item* old_item = slot ? heap_.pool.item_at(slot.ref()) : nullptr;
    if (old_item == nullptr || has_other_cas(*old_item, head.cas)) {
      heap_.index.unlock(bucket);
      if (dead != nullptr) heap_.release(cache, dead);
      return old_item == nullptr ? WriteOutcome::NotFound : WriteOutcome::Exists;
    }
    const uint32_t flags = old_item->flags();
    const uint64_t total = uint64_t{old_item->value_size} + addition.value_size();
    ItemPin old_pin;
    char old_bytes[kCopiedValueSizeMax];  // no allocation with a bucket locked
    std::string_view old_value;
    if (old_item->is_large()) {
      old_pin = heap_.pin(cache, old_item);
    } else {
      std::memcpy(old_bytes, old_item->value(), old_item->value_size);
      old_value = {old_bytes, old_item->value_size};
    }
    heap_.index.unlock(bucket);

    if (!heap_.sizes.fits(key.bytes.size(), flags, total)) return WriteOutcome::NotStored;
    ItemWriter joined = reserve(cache, key, flags, static_cast<uint32_t>(total), now);
    bool has_room = static_cast<bool>(joined);
    const auto copy = [&](std::string_view run) { has_room = has_room && joined.append(run, now); };
    const auto copy_old = [&] { old_pin ? old_pin.for_each_run(copy) : copy(old_value); };
    if (head.mode == WriteMode::Append) copy_old();
    heap_.for_each_run(addition.item_->value_place(), copy);
    if (head.mode == WriteMode::Prepend) copy_old();
    if (!has_room) return WriteOutcome::NotStored;
    if (link_joined(cache, key, old_item, static_cast<bool>(old_pin), old_value, joined, head, {},
                    now, written)) {
      return WriteOutcome::Stored;
    }
  }
}

// The chunk of a pinned item is not reused, so an equal reference means the same value.  The chunk
// of a small item, which is never pinned, may have been reused, but equal bytes are sufficient.
bool Writes::link_joined(ThreadCache& cache, const Key& key, Item* old_item, bool is_pinned,
                         std::string_view old_value, ItemWriter& joined, const WriteHead& head,
                         std::optional<base::Time> exptime, base::Time now, Written* written) {
  Item* dead = nullptr;
  Bucket* bucket = heap_.index.lock(key.hash);
  const uint32_t stamp_now = heap_.stamp(now);
  const Index::Slot slot = links_.find_live(cache, bucket, key, now, &dead);
  Item* item = joined.item_;
  const bool is_unchanged =
      slot && heap_.pool.item_at(slot.ref()) == old_item && !has_other_cas(*old_item, head.cas) &&
      (is_pinned || (!old_item->is_large() && old_item->flags() == item->flags() &&
                     std::string_view(old_item->value(), old_item->value_size) == old_value));
  if (is_unchanged) {
    item->exptime.store(exptime.value_or(old_item->exptime.load(std::memory_order_relaxed)),
                        std::memory_order_relaxed);
    item->stamp.store(stamp_now, std::memory_order_relaxed);
    item->traits |= old_item->traits & trait::kKeyIsBinary;
    links_.replace(cache, slot, old_item, item, head.new_cas);
    if (written != nullptr) *written = {item->cas(), item->value_size};
    joined.item_ = nullptr;
  }
  heap_.index.unlock(bucket);
  if (is_unchanged) heap_.release(cache, old_item);
  if (dead != nullptr) heap_.release(cache, dead);
  return is_unchanged;
}

}  // namespace larder::slab
