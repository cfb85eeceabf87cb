// Decides in which size class a page is most useful: pure arithmetic on figures of the classes.
//
// The value of a page is the number of hits per second that it adds.  For a class that evicts, it
// is estimated from ghosts: the index remembers a number of recently evicted items, and a class's
// share of them shows how many further chunks they represent; items of them that are stored again
// would have been hits with that many more chunks.  For a class that evicts little, the loss of a
// page is the number of reads in the page that it would lose.
//
// Threads: one at a time.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "slab/limits.h"
#include "slab/size_classes.h"

namespace larder::slab {

class Balancer {
 public:
  // The figures of a class.  The first three are counters; a large item is counted in each class
  // that it has chunks in.
  struct Figures {
    uint64_t evicted = 0;   // live items
    uint64_t returned = 0;  // new items whose key was among the ghosts
    uint64_t forced = 0;    // evicted because this class needed a chunk
    size_t page_count = 0;
    uint32_t chunks_per_page = 1;
    size_t free_count = 0;          // unused chunks
    double reads_of_next_page = 0;  // per second, of the page that it would lose
  };
  struct Transfer {
    ClassId from = kNoClass;
    ClassId to = kNoClass;
    size_t page_count = 0;  // at most
  };

  // Call report() for every class, then advance() once.
  void report(ClassId id, const Figures& figures);
  void advance(base::Time now);

  // The next move, or nullopt if no move is worthwhile; assumes that the caller executes it.
  // `remembered` is the number of ghosts that the index keeps.  `eagerness` is 1, or 2 to move for
  // smaller differences.
  std::optional<Transfer> choose(size_t class_count, uint64_t remembered, int eagerness);

 private:
  struct Recent {
    double evicted = 0, returned = 0, forced = 0;
  };
  bool rests(base::Time moved_at) const;
  // The hits per second that another page would add.
  double worth(ClassId id, double all_evicted, uint64_t remembered) const;

  std::array<Figures, kClassCountMax + 1> last_{};
  std::array<Recent, kClassCountMax + 1> recent_{};
  std::array<base::Time, kClassCountMax + 1> forced_at_{};
  std::array<base::Time, kClassCountMax + 1> gained_at_{};  // 0: never
  std::array<base::Time, kClassCountMax + 1> lost_at_{};
  double recent_seconds_ = 0;
  base::Time last_time_ = 0;
};

}  // namespace larder::slab
