#include "server/command/insight_notes.h"

namespace larder::server {

void InsightNotes::sample(CommandKind kind, const slab::Key& key, base::Time now) {
  if (!insight_->sample_key(key.bytes, key.hash, now)) return;
  CurveSample sample{
      .act = kind == CommandKind::Get ? CurveSample::Act::Get : CurveSample::Act::Other,
      .is_new = was_created_,
      .hash = key.hash};
  store_.peek(cache_, key, now, [&](const slab::ItemView& view) {
    sample.chunks = store_.sizes().footprint_of(view);
    sample.expires_at = view.exptime();
  });
  insight_->sample(sample, now);
}

}  // namespace larder::server
