// Which class a page does more good in: pure arithmetic over what the classes report.
//
// A page is worth the hits per second that it brings.  For a class that evicts, the ghosts know:
// the index remembers so many of the items evicted last, in the order of time, so a class whose
// evicted items make up a part of them sees that much further than its own end; and what comes back
// of them would have been hit if it had that many chunks more.  For one that evicts little, the
// page under its hand knows: what it loses is what is read there.
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
  // What a class reports.  The first three count up for ever, and count a large item in each class
  // that it has chunks in.
  struct Figures {
    uint64_t evicted = 0;   // living items
    uint64_t returned = 0;  // new items that the ghosts knew
    uint64_t forced = 0;    // evicted because this class wanted a chunk
    size_t page_count = 0;
    uint32_t chunks_per_page = 1;
    size_t free_count = 0;          // chunks that nothing lies in
    double reads_of_next_page = 0;  // per second, of the page it would lose
  };
  struct Transfer {
    ClassId from = kNoClass;
    ClassId to = kNoClass;
    size_t page_count = 0;  // at most
  };

  // For every class, then advance() once.
  void report(ClassId id, const Figures& figures);
  void advance(base::Time now);

  // Nothing if every page is where it should be, or nearly; takes it that the answer is followed.
  // `remembered`: how many ghosts the index keeps.  `eagerness`: 1, or 2 to move for a smaller
  // difference.
  std::optional<Transfer> choose(size_t class_count, uint64_t remembered, int eagerness);

 private:
  struct Recent {
    double evicted = 0, returned = 0, forced = 0;
  };
  bool rests(base::Time moved_at) const;
  // Hits per second that one page more would bring.
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
