#include "slab/balancer.h"

#include <algorithm>
#include <cmath>

namespace larder::slab {
namespace {

constexpr double kKeptPerSecond = 0.8;  // decay of the recent figures
constexpr double kHysteresis = 2;       // required ratio of a page's values there and here
constexpr double kEagerHysteresis = 1.2;
constexpr base::Time kRestSeconds = 5;   // between gaining and losing pages, and vice versa
constexpr double kReturnedMin = 8;       // fewer returned items are not significant
constexpr size_t kGrowthDivisor = 8;     // a class gains or loses at most this fraction at a time
constexpr base::Time kQuietSeconds = 3;  // a class without evictions for this long is not full
constexpr size_t kStepsForAll = 300;     // the number of steps in which all pages can move
constexpr size_t kPagesMax = 16;

}  // namespace

void Balancer::report(ClassId id, const Figures& figures) {
  Figures& last = last_[id];
  recent_[id].evicted += static_cast<double>(figures.evicted - last.evicted);
  recent_[id].returned += static_cast<double>(figures.returned - last.returned);
  recent_[id].forced += static_cast<double>(figures.forced - last.forced);
  if (figures.forced != last.forced) forced_at_[id] = last_time_;
  last = figures;
}

void Balancer::advance(base::Time now) {
  if (now <= last_time_) return;
  const double seconds = std::min<double>(now - last_time_, 60);
  const double kept = last_time_ == 0 ? 1 : std::pow(kKeptPerSecond, seconds);
  last_time_ = now;
  recent_seconds_ = recent_seconds_ * kept + std::min(seconds, 5.0);
  for (Recent& recent : recent_) {
    recent.evicted *= kept;
    recent.returned *= kept;
    recent.forced *= kept;
  }
}

double Balancer::worth(ClassId id, double all_evicted, uint64_t remembered) const {
  const Recent& recent = recent_[id];
  if (recent.evicted < 1 || remembered == 0) return 0;
  const double chunks_per_page = last_[id].chunks_per_page;
  const double chunks = chunks_per_page * std::max(static_cast<double>(last_[id].page_count), 0.5);
  const double further = static_cast<double>(remembered) * recent.evicted / all_evicted;
  // Items just beyond the end of a class would be hit more often than its oldest ghosts.  If hits
  // decrease with the rank by Zipf's law, this is their rate at the end.
  const double as_near = chunks * std::log1p(further / chunks);
  return recent.returned / recent_seconds_ * chunks_per_page / as_near;
}

bool Balancer::rests(base::Time moved_at) const {
  return moved_at != 0 && moved_at + kRestSeconds > last_time_;
}

std::optional<Balancer::Transfer> Balancer::choose(size_t class_count, uint64_t remembered,
                                                   int eagerness) {
  double all_evicted = 0;
  size_t all_pages = 0;
  for (size_t i = 1; i <= class_count; ++i) {
    all_evicted += recent_[i].evicted;
    all_pages += last_[i].page_count;
  }
  Transfer transfer;
  double gain = 0;
  for (size_t i = 1; i <= class_count; ++i) {
    const Recent& recent = recent_[i];
    if (recent.returned < kReturnedMin || recent.forced < 1) continue;
    if (last_[i].free_count >= last_[i].chunks_per_page) continue;  // the last page is not used yet
    if (rests(lost_at_[i])) continue;
    const auto id = static_cast<ClassId>(i);
    const double wanted = std::min(1.0, recent.forced / recent.evicted);
    const double value = worth(id, all_evicted, remembered) * wanted;
    if (value > gain) {
      gain = value;
      transfer.to = id;
    }
  }
  if (transfer.to == kNoClass) return std::nullopt;
  double loss = gain / (eagerness > 1 ? kEagerHysteresis : kHysteresis);
  size_t donor_pages = 0;
  for (size_t i = 1; i <= class_count; ++i) {
    const Figures& figures = last_[i];
    if (i == transfer.to || figures.page_count < 2 || rests(gained_at_[i])) continue;
    const auto id = static_cast<ClassId>(i);
    const bool evicts =
        recent_[i].forced >= figures.chunks_per_page && forced_at_[i] + kQuietSeconds > last_time_;
    const double value = evicts ? worth(id, all_evicted, remembered) : figures.reads_of_next_page;
    if (value < loss || (value == loss && figures.page_count > donor_pages)) {
      loss = value;
      donor_pages = figures.page_count;
      transfer.from = id;
    }
  }
  if (transfer.from == kNoClass) return std::nullopt;
  const size_t grows = last_[transfer.to].page_count / kGrowthDivisor + 1;
  const size_t shrinks = donor_pages / kGrowthDivisor + 1;
  transfer.page_count = std::min({grows, shrinks, all_pages / kStepsForAll + 1, kPagesMax});
  gained_at_[transfer.to] = lost_at_[transfer.from] = last_time_;
  return transfer;
}

}  // namespace larder::slab
