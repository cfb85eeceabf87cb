#include "server/insight/insight.h"

#include "server/options/options.h"

namespace larder::server {

const std::atomic<uint64_t> WorkerInsight::kNothing{0};

Insight::Insight(const Options& options, const slab::Store& store, base::Time now) : store_(store) {
  if (!options.counts_hot_keys && !options.estimates_curve) return;
  const auto worker_count = static_cast<size_t>(options.worker_count);
  if (options.estimates_curve) {
    MissRatioCurve::Limits limits;
    limits.samples_per_step *= worker_count;
    curve_ = std::make_unique<MissRatioCurve>(store.options(), store.classes(), limits, now);
  }
  for (size_t number = 0; number < worker_count; ++number) {
    if (options.counts_hot_keys) {
      hot_keys_.push_back(std::make_unique<HotKeySampler>(number + 1, now));
    }
    workers_.push_back(std::make_unique<WorkerInsight>(
        options.counts_hot_keys ? hot_keys_.back().get() : nullptr, curve_.get()));
  }
}

std::vector<HotKey> Insight::hot_keys(base::Time now) {
  HotKeySums sums;
  for (const auto& sampler : hot_keys_) sampler->read(now, sums);
  return sums.take();
}

CurveReport Insight::curve() {
  return estimates_curve() ? curve_->report(get_count()) : CurveReport();
}

void Insight::flush_at(base::Time moment) {
  if (estimates_curve()) curve_->flush_at(moment);
}

void Insight::maintain(base::Time now, const StoreLookups& lookups) {
  if (!estimates_curve()) return;
  curve_->maintain(store_.inspect().budget().limit(), store_.maintenance().automove(), get_count(),
                   now, lookups);
}

uint64_t Insight::get_count() const noexcept {
  uint64_t count = 0;
  for (const auto& worker : workers_) count += worker->get_count();
  return count;
}

}  // namespace larder::server
