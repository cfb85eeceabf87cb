// What Insight is told of requests, once they have been executed.
#include <variant>

#include "protocol/request.h"
#include "server/command/executor.h"

namespace larder::server {

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
    sample.chunks = store_.footprint_of(view);
    sample.expires_at = view.exptime();
  });
  insight_->sample(sample, now_);
}

}  // namespace larder::server
