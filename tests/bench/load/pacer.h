// When each batch of a paced run is due: at even distances, its connections one after another.
//
// Threads: a plain value.
#pragma once

#include <cstdint>

namespace larder::bench {

class Pacer {
 public:
  Pacer() = default;

  // Precondition: both are above 0.
  Pacer(uint64_t begin_nanoseconds, double batches_per_second)
      : begin_nanoseconds_(begin_nanoseconds), spacing_nanoseconds_(1e9 / batches_per_second) {}

  bool is_on() const noexcept { return spacing_nanoseconds_ > 0; }

  // Slots count from 0; slot s belongs to connection s modulo the number of connections.
  uint64_t due(uint64_t slot) const noexcept {
    return begin_nanoseconds_ +
           static_cast<uint64_t>(static_cast<double>(slot) * spacing_nanoseconds_);
  }

  // How many slots are due before that moment.
  uint64_t slots_before(uint64_t nanoseconds) const noexcept {
    const double passed = static_cast<double>(nanoseconds - begin_nanoseconds_);
    auto slot = static_cast<uint64_t>(passed / spacing_nanoseconds_);
    while (due(slot) < nanoseconds) ++slot;
    return slot;
  }

 private:
  uint64_t begin_nanoseconds_ = 0;
  double spacing_nanoseconds_ = 0;  // 0: every connection sends as soon as it is answered
};

}  // namespace larder::bench
