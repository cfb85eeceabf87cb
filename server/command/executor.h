// Request x Store -> reply.  With admin.cc the only place that knows both protocol/ and slab/, and
// the place that counts what clients did.
//
// Threads: one per worker, used by that worker only.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "protocol/admin_commands.h"
#include "protocol/binary_commands.h"
#include "protocol/config_commands.h"
#include "protocol/encode.h"
#include "protocol/limits.h"
#include "protocol/meta_commands.h"
#include "protocol/reply_style.h"
#include "protocol/session_commands.h"
#include "protocol/storage_commands.h"
#include "server/admin/admin.h"
#include "server/insight/insight.h"
#include "server/log/watch_writer.h"
#include "server/net/outbox.h"
#include "server/support/worker_counters.h"
#include "slab/store.h"

namespace larder::protocol {
struct Request;
}

namespace larder::server {

// What the connection does after a request.
enum class Progress : uint8_t {
  Done,
  MoreToSay,  // a multiget's reply is cut short; once what there is was sent and others have had
              // their turn, execute the request again, which now stands for the rest
  MoreLater,  // the same of a dump, of which no more than this fits a datagram
  Close,      // send what is there, then close
  Watch,      // the client is to be among the watchers; nothing has been said yet
};

// A value whose head came without the whole of it; see begin_upload().
struct Upload {
  slab::ItemWriter writer;
  slab::WriteHead head;
  protocol::Complaint refusal = protocol::Complaint::None;  // without a writer: why
  protocol::ReplyStyle style = {};  // but for its opaque token, which is here: see own_style()
  uint8_t key_size = 0;
  uint8_t opaque_size = 0;
  char key_bytes[slab::kKeySizeMax];
  char opaque_bytes[protocol::kOpaqueSizeMax];

  std::string_view key() const { return {key_bytes, key_size}; }
  // Its views end with the upload.
  protocol::ReplyStyle own_style() const {
    protocol::ReplyStyle own = style;
    own.opaque = {opaque_bytes, opaque_size};
    return own;
  }
};

// How many items before its own turn the rest of an item is asked for; see Store::prefetch_rest().
inline constexpr size_t kItemsAhead = 4;

class Executor {
 public:
  // All outlive the executor.  `insight`: null if nobody wants to know.
  Executor(slab::Store& store, slab::ThreadCache& cache, WorkerCounters& counters,
           const base::Clock& clock, Admin& admin, Watchers& watchers,
           WorkerInsight* insight = nullptr)
      : store_(store),
        cache_(cache),
        counters_(counters),
        clock_(clock),
        admin_(admin),
        insight_(insight),
        watch_writer_(watchers, store.shown_classes()) {}

  // The time of the requests to come.  Once per turn.
  void begin_turn() {
    now_ = clock_.now();
    watch_writer_.begin_turn();
    cache_.observer = watch_writer_.observer();
    store_.on_turn(cache_, now_);
  }

  slab::Store& store() noexcept { return store_; }
  WatchWriter& watch_writer() noexcept { return watch_writer_; }

  // The bytes of a request's key: what stands in the request, or what its base64 stands for; those
  // are good until the next call.
  std::string_view plain_key(std::string_view key, const protocol::ReplyStyle& style) noexcept {
    return style.key_is_base64 ? decoded_key(key) : key;
  }

  base::Time now() const noexcept { return now_; }

  // `value`: what a Write's head announced; empty for others.  `hash`: of the first key.
  Progress execute(protocol::Request& request, std::string_view value, uint64_t hash, Outbox& out);

  // A Write whose value has not all arrived: reserves its memory.  An upload without a writer if
  // that was refused: to be told once the value and its terminator have been skipped.
  Upload begin_upload(const protocol::Write& write, const protocol::ReplyStyle& style);
  // All bytes are in the writer and the terminator was as it should be, or was not.
  void end_upload(Upload upload, bool is_terminated, Outbox& out);
  // There is no memory for the rest of it.  Returns what to tell, as above.
  protocol::Complaint abandon_upload(Upload upload);

  // Why a configuration cannot be set, as far as its head tells; None if it may.
  protocol::Complaint refusal_of(const protocol::ConfigSet& config) const noexcept;

  // A malformed request's answer.
  void complain(protocol::Complaint complaint, const protocol::ReplyStyle& style, Outbox& out);

  // Answers to logins: the client is let in; what the binary dialect says on the way.
  void welcome(const protocol::ReplyStyle& style, Outbox& out);
  static void tell(protocol::BinaryStatus status, std::string_view text,
                   const protocol::ReplyStyle& style, Outbox& out) {
    protocol::encode_binary_text(status, text, style, out.bytes());
  }

 private:
  using Request = protocol::Request;
  using Style = protocol::ReplyStyle;

  Progress run(protocol::Get& get, const Style& style, Outbox& out);
  Progress run(const protocol::Write& write, const Style& style, Outbox& out);
  Progress run(const protocol::Remove& remove, const Style& style, Outbox& out);
  Progress run(const protocol::Touch& touch, const Style& style, Outbox& out);
  Progress run(const protocol::Arithmetic& arithmetic, const Style& style, Outbox& out);
  Progress run(const protocol::FlushAll& flush, const Style& style, Outbox& out);
  Progress run(const protocol::Stats& stats, const Style& style, Outbox& out);
  Progress run(const protocol::Version& version, const Style& style, Outbox& out);
  Progress run(const protocol::Quit& quit, const Style& style, Outbox& out);
  Progress run(const protocol::Verbosity& verbosity, const Style& style, Outbox& out);
  Progress run(const protocol::Shutdown& shutdown, const Style& style, Outbox& out);
  Progress run(const protocol::MemoryLimit& limit, const Style& style, Outbox& out);
  Progress run(const protocol::LruTune& tune, const Style& style, Outbox& out);
  Progress run(const protocol::TurnKnob& turned, const Style& style, Outbox& out);
  Progress run(const protocol::SlabReassign& reassign, const Style& style, Outbox& out);
  Progress run(protocol::Crawl& crawl, const Style& style, Outbox& out);
  Progress run(const protocol::Watch& watch, const Style& style, Outbox& out);
  Progress run(const protocol::DebugTime& debug_time, const Style& style, Outbox& out);
  Progress run(const protocol::MetaGet& get, const Style& style, Outbox& out);
  Progress run(const protocol::MetaRemove& remove, const Style& style, Outbox& out);
  Progress run(const protocol::MetaArithmetic& arithmetic, const Style& style, Outbox& out);
  Progress run(const protocol::MetaDebug& debug, const Style& style, Outbox& out);
  Progress run(const protocol::Noop& noop, const Style& style, Outbox& out);
  Progress run(const protocol::RefreshAuth& refresh, const Style& style, Outbox& out);
  Progress run(const protocol::RefreshCerts& refresh, const Style& style, Outbox& out);
  Progress run(const protocol::BinaryGet& get, const Style& style, Outbox& out);
  Progress run(const protocol::BinaryRemove& remove, const Style& style, Outbox& out);
  Progress run(const protocol::BinaryArithmetic& arithmetic, const Style& style, Outbox& out);
  // executor_config.cc
  Progress run(const protocol::ConfigGet& get, const Style& style, Outbox& out);
  Progress run(const protocol::ConfigSet& config, const Style& style, Outbox& out);
  Progress run(const protocol::ConfigDelete& config, const Style& style, Outbox& out);
  static void encode_entry(const Discovery::Entry& entry, bool shows_name, const Style& style,
                           Outbox& out);
  // The answer to a get of Discovery::kClusterKey that has missed.  False if it stays a miss.
  std::optional<Discovery::Entry> cluster_as_item();
  bool show_cluster(const protocol::Get& get, Outbox& out);
  bool show_cluster(const protocol::MetaGet& get, const Style& style, Outbox& out);
  bool show_cluster(const protocol::BinaryGet& get, const Style& style, Outbox& out);

  std::string_view decoded_key(std::string_view key) noexcept;
  void encode_meta_hit(const protocol::MetaGet& get, const Style& style, const slab::ItemView& view,
                       bool is_new, Outbox& out);
  void answer_counted(const protocol::MetaArithmetic& arithmetic, const slab::Counted& counted,
                      std::string_view key, const Style& style, Outbox& out);
  void append_large_value(const slab::ItemView& view, Outbox& out);
  Progress get_many(protocol::Get& get, base::Time exptime, Outbox& out);
  void get_one(const slab::Key& key, const protocol::Get& get, base::Time exptime, Outbox& out);
  // Whether the value at hand has behind it what belongs there.
  bool ends_well(const Style& style) const {
    return protocol::terminator_size(style) == 0 || value_.ends_with("\r\n");
  }
  protocol::Complaint refusal_of(const protocol::Write& write, std::string_view key,
                                 const Style& style);
  protocol::Complaint out_of_memory(slab::WriteMode mode, std::string_view key, const Style& style,
                                    protocol::Complaint complaint);
  void drop_older(slab::WriteMode mode, std::string_view key, const Style& style);
  void answer(slab::WriteOutcome outcome, const slab::WriteHead& head, const slab::Written& written,
              slab::ClassId class_id, std::string_view key, const Style& style, Outbox& out);
  void answer_meta(slab::WriteOutcome outcome, const slab::Written& written, std::string_view key,
                   const Style& style, Outbox& out);
  // `touches`: the get also changes the exptime.  `is_new`: it has made the item.
  void count_hit(slab::ClassId class_id, bool touches, bool is_new) {
    if (touches || is_new) [[unlikely]] {
      ClassRareTraffic& rare = counters_.rare[class_id];
      (!touches ? rare.created_gets : is_new ? rare.created_touched : rare.touching_gets).add();
    } else {
      counters_.classes[class_id].get_hits.add();
    }
  }
  void count_set(slab::ClassId class_id, slab::WriteMode mode) {
    if (mode == slab::WriteMode::Cas) [[unlikely]] {
      counters_.rare[class_id].cas_sets.add();
    } else {
      counters_.classes[class_id].sets.add();
    }
  }
  void count(slab::WriteOutcome outcome, slab::WriteMode mode, slab::ClassId class_id);
  void answer_binary(slab::WriteOutcome outcome, slab::WriteMode mode, const slab::Written& written,
                     const Style& style, Outbox& out);
  static void say_binary(protocol::BinaryStatus status, uint64_t cas, const Style& style,
                         Outbox& out);
  void dump_item(const protocol::Crawl& crawl, const slab::ItemView& view, Outbox& out);
  void say(protocol::Status status, const Style& style, Outbox& out);

  Progress run_command(Request& request, Outbox& out);
  // executor_insight.cc.  Precondition: insight_ is not null.
  Progress execute_and_note(Request& request, Outbox& out);
  void note(CommandKind kind, const slab::Key& key);
  void sample(CommandKind kind, const slab::Key& key);

  // What watchers are told: executor_log.cc.  All but the first two expect that somebody watches.
  void tell_hit(std::string_view key, const slab::ItemView& view) noexcept {
    if (watch_writer_.wants(protocol::watch::kFetchers)) watch_writer_.fetched(key, found_of(view));
  }
  void tell_miss(std::string_view key, slab::ReadOutcome outcome) noexcept {
    if (watch_writer_.wants(protocol::watch::kFetchers))
      watch_writer_.fetched(key, {.outcome = outcome});
  }
  static FoundItem found_of(const slab::ItemView& view) noexcept;
  void look_up(const slab::Key& key);
  void tell_found(std::string_view key) noexcept;
  void tell_write(slab::WriteOutcome outcome, const slab::WriteHead& head,
                  const slab::Written& written, slab::ClassId class_id,
                  std::string_view key) noexcept;
  void tell_removal(std::string_view key, bool is_removed) noexcept;
  void tell_meta_removal(const protocol::MetaRemove& remove, std::string_view key,
                         bool is_removed) noexcept;
  void tell_created(std::string_view key, const slab::ArithmeticHead& head) noexcept;
  // As the store's, and told; nobody need watch.
  slab::ArithmeticOutcome add(const slab::Key& key, const slab::ArithmeticHead& head,
                              slab::Counted* counted);
  int64_t seconds_until(base::Time exptime) const noexcept {
    return exptime == 0 ? 0 : int64_t{exptime} - now_;
  }

  // OK, or what is wrong.
  Progress conclude(protocol::Complaint complaint, const Style& style, Outbox& out);
  slab::WriteHead head_of(const protocol::Write& write, const Style& style) const;

  slab::Store& store_;
  slab::ThreadCache& cache_;
  WorkerCounters& counters_;
  const base::Clock& clock_;
  Admin& admin_;
  WorkerInsight* const insight_;
  WatchWriter watch_writer_;

  base::Time now_ = 0;
  uint64_t hash_ = 0;         // of the request at hand
  bool was_created_ = false;  // what a get has found, by itself
  std::string_view value_;    // of the request at hand
  char decoded_key_[slab::kKeySizeMax];
  FoundItem found_;  // by look_up(): what was there before the request at hand
};

}  // namespace larder::server
