#include "server/worker/turn.h"

#include <algorithm>
#include <utility>

#include "base/assertions.h"
#include "protocol/limits.h"
#include "server/command/request_key.h"

namespace larder::server {
namespace {

using protocol::Verdict;

constexpr size_t kBatchMax = 32;              // requests executed together
constexpr size_t kReplyFlushSize = 64 << 10;  // replies of a group are sent when there is so much
constexpr size_t kSentPerTurnMax = 1 << 20;   // of one connection, before others come first

// A value up to this waits for its rest beside its head; a larger one is read into its item.
constexpr size_t kWaitingValueMax = 2048;

bool is_login(const protocol::Command& command) {
  return std::holds_alternative<protocol::Login>(command) ||
         std::holds_alternative<protocol::SaslRequest>(command);
}

}  // namespace

Turn::Turn(Executor& executor, ClockFollower& clock, WorkerCounters& counters,
           const Authentication& authentication, Inbox& inbox, Log& log, uint32_t requests_max,
           bool measures_latency)
    : executor_(executor),
      clock_(clock),
      counters_(counters),
      authentication_(authentication),
      inbox_(inbox),
      log_(log),
      slow_above_ns_(log.slow_above_ns()),
      requests_max_(requests_max),
      measures_latency_(measures_latency),
      buffer_(std::make_unique_for_overwrite<char[]>(kTurnBufferSize)),
      out_(2 * kReplyFlushSize),
      entries_(kBatchMax + 1) {}

void Turn::serve(std::span<Connection* const> ready) {
  if (measures_latency_) {
    began_at_ = monotonic_nanoseconds();
    clock_.catch_up(began_at_);
  } else {
    clock_.catch_up();
  }
  executor_.begin_turn();
  for (Connection* connection : ready) {
    if (kTurnBufferSize - buffer_used_ < kTurnBufferReserve) finish_group();
    serve_one(*connection);
  }
  finish_group();
}

void Turn::serve_one(Connection& connection) {
  if (connection.is_waiting_for_login() && !connection.login->reply) return;
  DEBUG_ASSERT(connection.is_consistent());
  // What goes on for long counts as a request as long as it goes on.
  if (!connection.awaits_request()) note_request(connection);
  if (connection.backlog != nullptr && !resume(connection)) return;
  const auto number = static_cast<uint32_t>(parts_.size());
  // Until something is read, what is left over is all there is, and is kept.
  parts_.push_back(Part{
      .connection = &connection, .input = connection.input.tail.bytes(), .ready_at = began_at_});
  if (slow_above_ns_ != Log::kNever) {
    parts_[number].begins_with_request = connection.input.upload() == nullptr &&
                                         connection.input.skipped() == nullptr &&
                                         connection.cut_request == nullptr;
  }
  if (connection.is_waiting_for_login()) {
    execute_batch();
    if (!resume_login(number)) return;
  }
  if (connection.cut_request != nullptr) {
    execute_batch();
    resumed_ = std::move(connection.cut_request);
    parts_[number].ready_at = connection.ready_at;
    Entry& entry = entries_[0];
    entry = Entry{.request = resumed_->request, .value = {}, .part = number};
    hash_key(entry.request, executor_, &entry.hash);
    parts_[number].is_resumed = true;
    execute(entry);
    if (!parts_[number].is_stopped) send_outgoing();  // what comes behind was not read when it was
    parts_[number].is_resumed = false;
    resumed_.reset();
    if (parts_[number].is_stopped) return;
    if (connection.backlog != nullptr || connection.is_ending()) {
      return stop(parts_[number], 0);
    }
    parts_[number].ready_at = began_at_;
  }
  if (connection.input.awaits_small_value()) connection.input.next = NextIsRequest{};
  // What was read before and has to be taken up again has waited since then.
  const bool was_read_before = connection.input.has_unparsed_tail;
  if (!read_input(parts_[number])) return;
  if (was_read_before) {
    parts_[number].ready_at = connection.ready_at;
  } else {
    connection.ready_at = began_at_;
  }
  parse_input(number);
}

void Turn::parse_input(uint32_t number) {
  while (!parts_[number].is_stopped && parse_one(number)) {
  }
}

// One step over the input; false when nothing more can be made of it.
bool Turn::parse_one(uint32_t number) {
  Part& part = parts_[number];
  Connection& connection = *part.connection;
  std::string_view rest = part.input.substr(part.parsed);
  if (connection.input.upload() != nullptr) return feed_upload(number);
  if (rest.empty()) return false;
  if (connection.input.skipped() != nullptr) return skip(number);
  if (part.request_count >= requests_max_ || part.sent >= kSentPerTurnMax) {
    execute_batch();
    if (part.is_stopped) return false;
    counters_.connection_yields.add();
    stop(part, part.parsed);
    return false;
  }
  const bool is_binary = connection.input.is_binary();
  const size_t searched = part.parsed == 0 ? connection.input.take_searched() : 0;
  const protocol::Parsed parsed =
      protocol::parse_request(is_binary, connection.access, rest, searched, &spare_request());
  // Of a text request that failed only this is known; a frame says how to answer in any case.
  if (parsed.verdict >= Verdict::Malformed && !is_binary) {
    spare_request().style = {.silent = parsed.silent};
  }
  if (connection.access == protocol::Access::Stranger && parsed.verdict != Verdict::NeedMore &&
      !count_attempt(connection, parsed)) {
    part.parsed = part.input.size();
    add_complaint(number, protocol::Complaint::None, {}, true);
    return false;
  }
  switch (parsed.verdict) {
    case Verdict::NeedMore:
      connection.input.next = NextIsRequest{static_cast<uint32_t>(rest.size())};
      return false;
    case Verdict::Malformed: {
      const protocol::ReplyStyle style = spare_request().style;  // executing makes others spare
      // Skipping outlasts the turn, so it may begin only if nothing before it has to be parsed
      // anew.
      if (parsed.value_bytes_to_skip > 0) {
        execute_batch();
        if (part.is_stopped) return false;
      }
      part.parsed += parsed.consumed;
      if (parsed.value_bytes_to_skip == 0) {
        add_complaint(number, parsed.complaint, style, false);
      } else {
        start_skipping(connection.input, parsed.value_bytes_to_skip, parsed.complaint, style);
      }
      return true;
    }
    case Verdict::Fatal:
      part.parsed += parsed.consumed;
      add_complaint(number, parsed.complaint, spare_request().style, true);
      return false;
    case Verdict::Complete:
      // A text client who may say everything has no login to say.
      if ((is_binary || connection.access != protocol::Access::Open) &&
          is_login(spare_request().command)) {
        return log_in(number, parsed);
      }
      return add_request(number, parsed);
  }
  UNREACHABLE();
}

bool Turn::add_request(uint32_t number, const protocol::Parsed& parsed) {
  Part& part = parts_[number];
  Entry& entry = entries_[entry_count_];
  entry.value = {};
  size_t size = parsed.consumed;
  if (const auto announced = protocol::announced_size(entry.request.command)) {
    const size_t value_size = size_t{*announced} + protocol::terminator_size(entry.request.style);
    const std::string_view value = part.input.substr(part.parsed + size);
    if (value.size() < value_size) {
      if (value_size > kWaitingValueMax && !waits_whole(entry.request)) {
        return begin_upload(number, parsed);
      }
      part.connection->input.next = NextIsSmallValue{};
      return false;
    }
    entry.value = value.substr(0, value_size);
    size += value_size;
  }
  part.parsed += size;
  ++part.request_count;
  entry.has_key = hash_key(entry.request, executor_, &entry.hash);
  if (entry.has_key) executor_.store().prefetch_bucket(slab::Key({}, entry.hash));
  entry.complaint = protocol::Complaint::None;
  entry.closes = false;
  const bool is_last = std::holds_alternative<protocol::Quit>(entry.request.command);
  add_entry(number);
  return !is_last;
}

void Turn::add_complaint(uint32_t number, protocol::Complaint complaint,
                         const protocol::ReplyStyle& style, bool closes) {
  Entry& entry = entries_[entry_count_];
  entry.request.style = style;
  ++parts_[number].request_count;
  entry.has_key = false;
  entry.complaint = complaint;
  entry.closes = closes;
  add_entry(number);
}

void Turn::add_entry(uint32_t number) {
  Entry& entry = entries_[entry_count_++];
  entry.part = number;
  entry.input_end = parts_[number].parsed;
  if (entry_count_ == kBatchMax) execute_batch();
}

void Turn::execute_batch() {
  const slab::Store& store = executor_.store();
  const size_t count = std::exchange(entry_count_, 0);
  std::array<slab::Ref, kBatchMax> places;  // those below `count` are set, if that is over 1
  if (count > 1) {
    for (size_t i = 0; i < count; ++i) {
      const Entry& entry = entries_[i];
      places[i] = entry.has_key ? store.prefetch_item(slab::Key({}, entry.hash)) : slab::kNoRef;
    }
  }
  for (size_t i = 0; i < count; ++i) {
    if (i + kItemsAhead < count) store.prefetch_rest(places[i + kItemsAhead]);
    if (!parts_[entries_[i].part].is_stopped) execute(entries_[i]);
  }
}

void Turn::execute(Entry& entry) {
  Part& part = parts_[entry.part];
  Connection& connection = *part.connection;
  begin_output(entry.part);
  if (entry.closes || entry.complaint != protocol::Complaint::None) {
    if (entry.complaint != protocol::Complaint::None) {
      executor_.complain(entry.complaint, entry.request.style, out_);
    }
    if (!entry.closes) return;
    connection.close_when_sent();
    return stop(part, part.input.size());
  }
  if (entry.has_key) {
    part.has_answered = true;
  } else {
    prepare(entry.request, part);
  }
  const Progress progress = executor_.execute(entry.request, entry.value, entry.hash, out_);
  if (progress == Progress::Close) {
    const bool is_quit = std::holds_alternative<protocol::Quit>(entry.request.command);
    connection.close_when_sent(is_quit ? CloseReason::Normal : CloseReason::Shutdown);
    return stop(part, part.input.size());
  }
  if (progress == Progress::Watch) return hand_over(entry);
  const bool is_cut = progress == Progress::MoreToSay || progress == Progress::MoreLater;
  if (!is_cut) {
    ++part.executed[static_cast<size_t>(kind_of(entry.request))];
    if (out_.bytes().size() < kReplyFlushSize) return;
  }
  send_outgoing();
  if (is_cut) {
    keep_cut_request(part, entry.request);
  } else if (connection.backlog == nullptr && !connection.is_lost()) {
    if (part.sent < kSentPerTurnMax) return;
    if (entry.input_end < part.input.size()) counters_.connection_yields.add();
  }
  return stop(part, entry.input_end);
}

// What a few commands, all without a key, want to know of the connection they came by.
void Turn::prepare(protocol::Request& request, Part& part) {
  const bool is_flush = std::holds_alternative<protocol::Noop>(request.command);
  const bool is_pipelined = std::exchange(part.has_answered, !is_flush);
  if (std::holds_alternative<protocol::Stats>(request.command)) {  // it may look at us
    part.connection->state.store(ConnectionState::Executing, std::memory_order_relaxed);
    note_request(*part.connection);
  } else if (auto* crawl = std::get_if<protocol::Crawl>(&request.command)) {
    crawl->is_pipelined = is_pipelined;
  } else if (auto* watch = std::get_if<protocol::Watch>(&request.command)) {
    watch->is_pipelined = is_pipelined;
  }
}

// What is left of it is for another turn, after those of others.  The keys move with their request:
// the line they stand on is about to be overwritten.
void Turn::keep_cut_request(const Part& part, const protocol::Request& request) {
  Connection& connection = *part.connection;
  std::unique_ptr<CutRequest> cut = std::move(resumed_);
  const bool has_its_keys = cut != nullptr;
  if (cut == nullptr) cut = std::make_unique<CutRequest>();
  cut->request = request;
  cut->moved_at = executor_.now();
  auto* get = std::get_if<protocol::Get>(&cut->request.command);
  if (get != nullptr && !has_its_keys) {
    cut->first_key = first_key_of_part(part);
    cut->keys.append(get->key).append(" ").append(get->more_keys);
    get->more_keys = cut->keys;
    get->key = protocol::next_key(get->more_keys);
  }
  connection.cut_request = std::move(cut);
}

void Turn::stop(Part& part, size_t consumed) {
  part.is_stopped = true;
  part.consumed = consumed;
}

void Turn::note_request(Connection& connection) {
  connection.last_request_at.store(executor_.now(), std::memory_order_relaxed);
}

// Of all requests of the part that were executed since the last time.
void Turn::note_latencies(Part& part) {
  if (!measures_latency_) return;
  const auto elapsed = static_cast<uint64_t>(monotonic_nanoseconds() - part.ready_at);
  if (elapsed > slow_above_ns_) tell_slow(part, elapsed);
  for (size_t kind = 0; kind < kCommandKindCount; ++kind) {
    const uint32_t count = std::exchange(part.executed[kind], 0);
    if (count == 0) continue;
    counters_.latencies[kind].add(elapsed, count);
    part.begins_with_request = false;  // what comes next is another one
  }
}

void Turn::begin_output(uint32_t number) {
  if (!outgoing_.empty() && outgoing_.back().part == number) return;
  outgoing_.push_back({parts_[number].connection, number, out_.mark()});
  executor_.watch_writer().set_descriptor(parts_[number].connection->descriptor);
}

void Turn::send_outgoing() {
  for (size_t i = 0; i < outgoing_.size(); ++i) {
    const Outgoing& outgoing = outgoing_[i];
    Connection& connection = *outgoing.connection;
    const OutboxMark end = i + 1 < outgoing_.size() ? outgoing_[i + 1].begin : out_.mark();
    if (end == outgoing.begin || connection.is_lost()) continue;
    const Sent sent = send(connection, out_, outgoing.begin, end, 0);
    counters_.bytes_written.add(sent.size);
    parts_[outgoing.part].sent += sent.size;
    note_latencies(parts_[outgoing.part]);
    if (sent.outcome == SendOutcome::Failed) connection.lose();
    if (sent.outcome == SendOutcome::Blocked) {
      connection.backlog = std::make_unique<Backlog>();
      connection.backlog->replies.take_over(out_, outgoing.begin, end, sent.size);
      counters_.backlog_bytes.add(connection.backlog->unsent());
    }
  }
  outgoing_.clear();
  out_.clear();
}

void Turn::finish_group() {
  execute_batch();
  send_outgoing();
  for (Part& part : parts_) finish_part(part);
  parts_.clear();
  buffer_used_ = 0;
}

void Turn::finish_part(Part& part) {
  Connection& connection = *part.connection;
  if (part.request_count > 0) note_request(connection);
  if (part.executed != decltype(part.executed){}) note_latencies(part);  // those without a reply
  // Whoever waits for a login is not closed: the answer is on its way to this very connection.  Nor
  // is a watcher, whose socket the logger has.
  if (connection.is_to_be_closed_now()) {
    finished_.push_back(&connection);
    return;
  }
  const size_t consumed = part.is_stopped ? part.consumed : part.parsed;
  if (part.is_stopped) {
    connection.input.forget_parsed();
    connection.input.has_unparsed_tail = consumed < part.input.size();
  }
  keep_tail(part, part.input.substr(consumed));
  DEBUG_ASSERT(connection.is_consistent());
  ConnectionState state = ConnectionState::ReadingCommand;
  if (connection.holder != Holder::Worker) {
    // Nothing is read or sent until it has been answered, or by us at all.
    if (connection.is_watching()) state = ConnectionState::Watching;
  } else if (connection.backlog != nullptr) {
    connection.watch.change(connection.interest_of_backlog());
    state = ConnectionState::Writing;
  } else if (connection.input.has_unparsed_tail || connection.has_unread_input() ||
             connection.cut_request != nullptr) {
    unfinished_.push_back(&connection);
  } else if (connection.input.upload() != nullptr || connection.input.awaits_small_value()) {
    state = ConnectionState::ReadingValue;
  } else if (connection.input.skipped() != nullptr) {
    state = ConnectionState::Skipping;
  }
  connection.state.store(state, std::memory_order_relaxed);
}

void Turn::keep_tail(Part& part, std::string_view rest) {
  Tail& tail = part.connection->input.tail;
  const bool had_tail = tail.capacity() != 0;
  if (!had_tail && rest.empty()) return;
  counters_.tail_bytes.subtract(tail.capacity());
  if (had_tail) counters_.tail_count.subtract();
  tail.assign(rest);
  counters_.tail_bytes.add(tail.capacity());
  if (tail.capacity() != 0) counters_.tail_count.add();
}

}  // namespace larder::server
