#include "server/command/executor.h"

#include <utility>
#include <variant>

#include "base/version.h"
#include "protocol/request.h"
#include "server/command/answers.h"

namespace larder::server {
namespace {

using protocol::BinaryStatus;
using protocol::Dialect;

// Executes a command with the first handler that has a matching run().  If there is none, this does
// not compile.
template <class Command, class Handler, class... Others>
Progress run_by(Command& command, const protocol::ReplyStyle& style, Outbox& out, Handler& handler,
                Others&... others) {
  if constexpr (requires { handler.run(command, style, out); }) {
    return handler.run(command, style, out);
  } else {
    return run_by(command, style, out, others...);
  }
}

}  // namespace

Executor::Executor(slab::Store& store, slab::ThreadCache& cache, WorkerCounters& counters,
                   const base::Clock& clock, Admin& admin, Watchers& watchers,
                   WorkerInsight* insight)
    : context_{.store = store,
               .cache = cache,
               .counters = counters,
               .clock = clock,
               .admin = admin,
               .watch_teller = WatchTeller(store, cache, clock, watchers),
               .insight = InsightNotes(store, cache, insight)},
      cluster_item_(context_),
      text_(context_, cluster_item_),
      writes_(context_, cluster_item_),
      meta_(context_, cluster_item_),
      binary_(context_, cluster_item_),
      config_(context_),
      admin_(context_) {}

Progress Executor::execute(protocol::Request& request, std::string_view value, uint64_t hash,
                           Outbox& out) {
  context_.value = value;
  context_.hash = hash;
  if (context_.insight.is_on()) [[unlikely]]
    return execute_and_note(request, out);
  return run_command(request, out);
}

// Not inlined: with a second copy of all commands, the compiler would no longer inline the encoding
// of hits.
[[gnu::noinline]] Progress Executor::run_command(protocol::Request& request, Outbox& out) {
  return std::visit(
      [&](auto& command) {
        const Style& style = request.style;
        if constexpr (requires { run(command, style, out); }) {
          return run(command, style, out);
        } else {
          return run_by(command, style, out, text_, writes_, meta_, binary_, config_, admin_);
        }
      },
      request.command);
}

Progress Executor::execute_and_note(protocol::Request& request, Outbox& out) {
  InsightNotes& insight = context_.insight;
  insight.begin_request();
  const Progress progress = run_command(request, out);
  const CommandKind kind = kind_of(request);
  if (kind == CommandKind::Other || progress != Progress::Done) return progress;
  // TextCommands has already recorded the keys of a multiget, and none is left here.
  const auto* get = std::get_if<protocol::Get>(&request.command);
  if (get != nullptr && get->key.empty()) return progress;
  if (!insight.count(kind, context_.hash)) return progress;
  std::visit(
      [&](const auto& command) {
        if constexpr (requires { command.key; }) {
          const slab::Key key(plain_key(command.key, request.style), context_.hash);
          insight.sample(kind, key, context_.now);
        }
      },
      request.command);
  return progress;
}

void Executor::end_upload(Upload upload, bool is_terminated, Outbox& out) {
  writes_.end(std::move(upload), is_terminated, out);
}

protocol::Complaint Executor::abandon_upload(Upload upload) {
  return writes_.abandon(std::move(upload));
}

Progress Executor::run(const protocol::Version&, const Style& style, Outbox& out) {
  if (style.dialect == Dialect::Binary) {
    protocol::encode_binary_text(BinaryStatus::Ok, base::kProtocolVersion, style, out.bytes());
  } else {
    protocol::encode_version(base::kProtocolVersion, out.bytes());
  }
  return Progress::Done;
}

Progress Executor::run(const protocol::Quit&, const Style& style, Outbox& out) {
  if (style.dialect == Dialect::Binary) answer(BinaryStatus::Ok, 0, style, out);
  return Progress::Close;
}

Progress Executor::run(const protocol::Noop&, const Style& style, Outbox& out) {
  if (style.dialect == Dialect::Binary) {
    answer(BinaryStatus::Ok, 0, style, out);
  } else {
    protocol::encode_meta_noop(out.bytes());
  }
  return Progress::Done;
}

}  // namespace larder::server
