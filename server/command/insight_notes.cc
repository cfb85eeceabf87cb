#include "server/command/insight_notes.h"

#include <algorithm>

namespace larder::server {
namespace {

// Of the index, which -m bounds too.
constexpr uint32_t kIndexBytesPerItem = 8;
// A large item's header, with all it may have.
constexpr uint32_t kHeadBytes = 36;

}  // namespace

void InsightNotes::sample(CommandKind kind, const slab::Key& key, base::Time now) {
  if (!insight_->sample_key(key.bytes, key.hash, now)) return;
  CurveSample sample{
      .act = kind == CommandKind::Get ? CurveSample::Act::Get : CurveSample::Act::Other,
      .is_new = was_created_,
      .hash = key.hash};
  store_.peek(cache_, key, now, [&](const slab::ItemView& view) {
    const auto key_size = static_cast<uint32_t>(key.bytes.size());
    const uint32_t chunk_size = store_.classes().chunk_size(view.class_id());
    sample.size = kIndexBytesPerItem +
                  (view.is_large() ? std::max(chunk_size, kHeadBytes + key_size + view.value_size())
                                   : chunk_size);
    sample.expires_at = view.exptime();
  });
  insight_->sample(sample, now);
}

}  // namespace larder::server
