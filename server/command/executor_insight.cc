// What Insight is told of requests, once they have been executed.
#include <algorithm>
#include <variant>

#include "protocol/request.h"
#include "server/command/executor.h"

namespace larder::server {
namespace {

// Of the index, which -m bounds too.
constexpr uint32_t kIndexBytesPerItem = 8;
// A large item's header, with all it may have.
constexpr uint32_t kHeadBytes = 36;

}  // namespace

Progress Executor::execute_and_note(protocol::Request& request, Outbox& out) {
  was_created_ = false;
  const Progress progress = run_command(request, out);
  const CommandKind kind = kind_of(request);
  if (kind == CommandKind::Other || progress != Progress::Done) return progress;
  // Of a multiget run() has told, key by key, and no key is left.
  const auto* get = std::get_if<protocol::Get>(&request.command);
  if (get != nullptr && get->key.empty()) return progress;
  if (!insight_->note(kind, hash_)) return progress;
  std::visit(
      [&](const auto& command) {
        if constexpr (requires { command.key; }) {
          sample(kind, slab::Key(plain_key(command.key, request.style), hash_));
        }
      },
      request.command);
  return progress;
}

void Executor::note(CommandKind kind, const slab::Key& key) {
  if (insight_->note(kind, key.hash)) sample(kind, key);
}

void Executor::sample(CommandKind kind, const slab::Key& key) {
  if (!insight_->sample_key(key.bytes, key.hash, now_)) return;
  CurveSample sample{
      .act = kind == CommandKind::Get ? CurveSample::Act::Get : CurveSample::Act::Other,
      .is_new = was_created_,
      .hash = key.hash};
  store_.peek(cache_, key, now_, [&](const slab::ItemView& view) {
    const auto key_size = static_cast<uint32_t>(key.bytes.size());
    const uint32_t chunk_size = store_.classes().chunk_size(view.class_id());
    sample.size = kIndexBytesPerItem +
                  (view.is_large() ? std::max(chunk_size, kHeadBytes + key_size + view.value_size())
                                   : chunk_size);
    sample.expires_at = view.exptime();
  });
  insight_->sample(sample, now_);
}

}  // namespace larder::server
