#include "server/worker/turn.h"

#include <array>
#include <utility>

#include "base/assertions.h"
#include "server/command/answers.h"
#include "server/command/request_key.h"

namespace larder::server {
namespace {

using protocol::Verdict;

constexpr size_t kSentPerTurnMax = 1 << 20;  // from one connection, before others are served

// Passes information about the connection to a few commands, none of which has a key.
void prepare(protocol::Request& request, TurnPart& part, base::Time now) {
  const bool is_flush = std::holds_alternative<protocol::Noop>(request.command);
  const bool is_pipelined = std::exchange(part.has_answered, !is_flush);
  if (std::holds_alternative<protocol::Stats>(request.command)) {  // it may read this connection
    part.connection->state.store(ConnectionState::Executing, std::memory_order_relaxed);
    part.connection->note_request(now);
  } else if (auto* crawl = std::get_if<protocol::Crawl>(&request.command)) {
    crawl->is_pipelined = is_pipelined;
  } else if (auto* watch = std::get_if<protocol::Watch>(&request.command)) {
    watch->is_pipelined = is_pipelined;
  }
}

}  // namespace

Turn::Turn(const Context& context)
    : executor_(context.executor),
      clock_(context.clock),
      counters_(context.counters),
      requests_max_(context.requests_max),
      input_(counters_),
      latency_(counters_, context.log, context.measures_latency),
      output_(counters_, latency_),
      upload_(executor_, input_),
      login_(counters_, context.authentication, context.inbox, context.log),
      watch_(executor_, context.inbox) {}

void Turn::answer_login(Connection& connection, SaslReply reply) {
  connection.login->reply = std::move(reply);
}

void Turn::serve(std::span<Connection* const> ready) {
  latency_.begin_turn(clock_);
  executor_.begin_turn();
  for (Connection* connection : ready) {
    if (!input_.has_room()) finish_group();
    serve_one(*connection);
  }
  finish_group();
}

void Turn::serve_one(Connection& connection) {
  if (connection.is_waiting_for_login() && !connection.login->reply) return;
  DEBUG_ASSERT(connection.is_consistent());
  ConnectionInput& input = connection.input;
  // A request that takes several turns is noted in each of them.
  if (!connection.awaits_request()) connection.note_request(executor_.now());
  if (connection.backlog != nullptr && !resume_backlog(connection)) return;
  const auto number = static_cast<uint32_t>(parts_.size());
  // Until something is read, the input is the rest from earlier turns, which is kept.
  parts_.push_back(TurnPart{
      .connection = &connection, .input = input.tail.bytes(), .ready_at = latency_.began_at()});
  if (latency_.logs_slow_requests()) {
    parts_[number].begins_with_request = input.upload() == nullptr && input.skipped() == nullptr &&
                                         connection.cut_request == nullptr;
  }
  if (connection.is_waiting_for_login()) {
    execute_batch();
    begin_output(number);
    if (!login_.resume(parts_[number], output_.replies())) return;
  }
  if (connection.cut_request != nullptr && !resume_cut_request(number)) return;
  if (input.awaits_small_value()) input.next = NextIsRequest{};
  // Requests that were read in an earlier turn have been waiting since then.
  const bool was_read_before = input.has_unparsed_tail;
  if (!input_.read(parts_[number], executor_.now())) return;
  if (was_read_before) {
    parts_[number].ready_at = connection.ready_at;
  } else {
    connection.ready_at = latency_.began_at();
  }
  while (!parts_[number].is_stopped && parse_one(number)) {
  }
}

// True if the backlog has been sent and the connection may be served.
bool Turn::resume_backlog(Connection& connection) {
  switch (output_.send_backlog(connection, executor_.now())) {
    case SendOutcome::Blocked:
      // The socket is not watched while a login is checked.
      if (connection.is_waiting_for_login() || connection.tls != nullptr) {
        connection.watch.change(connection.interest_of_backlog());
      }
      return false;
    case SendOutcome::Failed: finished_.push_back(&connection); return false;
    case SendOutcome::All: break;
  }
  connection.backlog.reset();
  connection.ready_at =
      latency_.began_at();  // requests read earlier were waiting for their own client only
  if (connection.is_ending() && connection.cut_request == nullptr) {
    finished_.push_back(&connection);
    return false;
  }
  connection.watch.change(Interest::Readable);
  return true;
}

// True if the reply is complete and the connection may be read.
bool Turn::resume_cut_request(uint32_t number) {
  execute_batch();
  TurnPart& part = parts_[number];
  Connection& connection = *part.connection;
  part.resumed = &cut_.resume(connection);
  part.ready_at = connection.ready_at;
  TurnEntry& entry = batch_.spare();
  entry = TurnEntry{.request = part.resumed->request, .value = {}, .part = number};
  hash_key(entry.request, executor_, &entry.hash);
  execute(entry);
  if (!part.is_stopped) output_.send(parts_);  // requests behind it were not read together with it
  part.resumed = nullptr;
  cut_.end();
  if (part.is_stopped) return false;
  if (connection.backlog != nullptr || connection.is_ending()) {
    part.stop(0);
    return false;
  }
  part.ready_at = latency_.began_at();
  return true;
}

// Parses one request or part of a value; false if the input is used up or incomplete.
bool Turn::parse_one(uint32_t number) {
  TurnPart& part = parts_[number];
  Connection& connection = *part.connection;
  ConnectionInput& input = connection.input;
  std::string_view rest = part.rest();
  if (input.upload() != nullptr) return feed_upload(number);
  if (rest.empty()) return false;
  if (input.skipped() != nullptr) return skip(number);
  if (part.request_count >= requests_max_ || part.sent >= kSentPerTurnMax) return yield(number);
  const bool is_binary = input.is_binary();
  const size_t searched = part.parsed == 0 ? input.take_searched() : 0;
  protocol::Request& request = batch_.spare().request;
  const protocol::Parsed parsed = protocol::parse_request(is_binary, connection.access, rest,
                                                          searched, &request, &login_.parsed());
  // A failed text request has no other style; a binary frame always has one.
  if (parsed.verdict >= Verdict::Malformed && !is_binary) request.style = {.silent = parsed.silent};
  if (connection.access == protocol::Access::Stranger && parsed.verdict != Verdict::NeedMore &&
      !TurnLogin::count_attempt(connection, parsed, request)) {
    part.parsed = part.input.size();
    add_complaint(number, protocol::Complaint::None, {}, true);
    return false;
  }
  switch (parsed.verdict) {
    case Verdict::NeedMore:
      input.next = NextIsRequest{static_cast<uint32_t>(rest.size())};
      return false;
    case Verdict::Malformed: return skip_malformed(number, parsed);
    case Verdict::Fatal:
      part.parsed += parsed.consumed;
      add_complaint(number, parsed.complaint, request.style, true);
      return false;
    case Verdict::Login: return log_in(number, parsed);
    case Verdict::Complete: return add_request(number, parsed);
  }
  UNREACHABLE();
}

bool Turn::skip_malformed(uint32_t number, const protocol::Parsed& parsed) {
  TurnPart& part = parts_[number];
  const protocol::ReplyStyle style = batch_.spare().request.style;
  if (parsed.value_bytes_to_skip == 0) {
    part.parsed += parsed.consumed;
    add_complaint(number, parsed.complaint, style, false, parsed.consumed);
    return true;
  }
  // Skipping outlasts the turn, so it may begin only if no earlier request has to be parsed again.
  if (!execute_before(number)) return false;
  if (watch_.wants_raw_commands()) {
    watch_.tell_raw_command(part, part.rest().substr(0, parsed.consumed));
  }
  part.parsed += parsed.consumed;
  TurnUpload::start_skipping(part.connection->input, parsed.value_bytes_to_skip, parsed.complaint,
                             style);
  return true;
}

bool Turn::add_request(uint32_t number, const protocol::Parsed& parsed) {
  TurnPart& part = parts_[number];
  TurnEntry& entry = batch_.spare();
  entry.value = {};
  size_t size = parsed.consumed;
  if (const auto announced = protocol::announced_size(entry.request.command)) {
    const size_t value_size = size_t{*announced} + protocol::terminator_size(entry.request.style);
    const std::string_view value = part.input.substr(part.parsed + size);
    if (value.size() < value_size) {
      if (!upload_.waits_whole(entry.request, value_size)) return begin_upload(number, parsed);
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
  entry.is_refused = false;
  entry.head_size = parsed.consumed;
  const bool is_last = std::holds_alternative<protocol::Quit>(entry.request.command);
  batch_.add(number, parts_[number].parsed);
  if (batch_.is_full()) execute_batch();
  return !is_last;
}

void Turn::add_complaint(uint32_t number, protocol::Complaint complaint,
                         const protocol::ReplyStyle& style, bool closes, uint32_t head_size) {
  TurnEntry& entry = batch_.spare();
  entry.request.style = style;
  entry.value = {};
  entry.head_size = head_size;
  ++parts_[number].request_count;
  entry.has_key = false;
  entry.is_refused = true;
  entry.complaint = complaint;
  entry.closes = closes;
  batch_.add(number, parts_[number].parsed);
  if (batch_.is_full()) execute_batch();
}

// The connection has used its share of this turn: others are served first.
bool Turn::yield(uint32_t number) {
  if (!execute_before(number)) return false;
  counters_.connection_yields.add();
  parts_[number].stop(parts_[number].parsed);
  return false;
}

bool Turn::skip(uint32_t number) {
  const std::optional<TurnUpload::Answer> answer = TurnUpload::skip(parts_[number]);
  if (!answer) return false;
  if (answer->complaint != protocol::Complaint::None) {
    add_complaint(number, answer->complaint, answer->style, false);
  }
  return true;
}

bool Turn::begin_upload(uint32_t number, const protocol::Parsed& parsed) {
  const protocol::Request request = batch_.spare().request;
  if (!execute_before(number)) return false;
  TurnPart& part = parts_[number];
  if (watch_.wants_raw_commands()) {
    watch_.tell_raw_command(part, part.rest().substr(0, parsed.consumed));
  }
  part.parsed += parsed.consumed;
  ++part.request_count;
  upload_.begin(part, request);
  return true;
}

bool Turn::feed_upload(uint32_t number) {
  if (!execute_before(number)) return false;
  begin_output(number);
  return upload_.feed(parts_[number], output_.replies());
}

// A login is handled alone, because its outcome decides how the following bytes are parsed.
bool Turn::log_in(uint32_t number, const protocol::Parsed& parsed) {
  if (!execute_before(number)) return false;
  TurnPart& part = parts_[number];
  part.parsed += parsed.consumed;
  ++part.request_count;
  begin_output(number);
  return login_.begin(part, output_.replies());
}

// Executes all parsed requests, so that the part's next step may outlast the turn.  False if the
// part is stopped.  Afterwards the spare entry is a different one.
bool Turn::execute_before(uint32_t number) {
  execute_batch();
  return !parts_[number].is_stopped;
}

void Turn::execute_batch() {
  const slab::Store& store = executor_.store();
  const std::span<TurnEntry> entries = batch_.take();
  const size_t count = entries.size();
  const bool is_raw_watched = watch_.wants_raw_commands();
  std::array<slab::Ref, TurnBatch::kSizeMax> places;  // if count > 1, those below it are set
  if (count > 1) {
    for (size_t i = 0; i < count; ++i) {
      const TurnEntry& entry = entries[i];
      places[i] = entry.has_key ? store.prefetch_item(slab::Key({}, entry.hash)) : slab::kNoRef;
    }
  }
  for (size_t i = 0; i < count; ++i) {
    if (i + kItemsAhead < count) store.prefetch_rest(places[i + kItemsAhead]);
    if (parts_[entries[i].part].is_stopped) continue;
    if (is_raw_watched) [[unlikely]]
      watch_.tell_raw_entry(parts_[entries[i].part], entries[i]);
    execute(entries[i]);
  }
}

void Turn::execute(TurnEntry& entry) {
  TurnPart& part = parts_[entry.part];
  Connection& connection = *part.connection;
  begin_output(entry.part);
  if (entry.is_refused) {
    if (entry.complaint != protocol::Complaint::None) {
      answer(entry.complaint, entry.request.style, output_.replies());
    }
    if (!entry.closes) return;
    connection.close_when_sent();
    return part.stop_for_good();
  }
  if (entry.has_key) {
    part.has_answered = true;
  } else {
    prepare(entry.request, part, executor_.now());
  }
  const Progress progress =
      executor_.execute(entry.request, entry.value, entry.hash, output_.replies());
  if (progress == Progress::Close) {
    const bool is_quit = std::holds_alternative<protocol::Quit>(entry.request.command);
    connection.close_when_sent(is_quit ? CloseReason::Normal : CloseReason::Shutdown);
    return part.stop_for_good();
  }
  if (progress == Progress::Watch && start_watching(entry)) return;
  const bool is_cut = progress != Progress::Done;
  if (!is_cut) {
    ++part.executed[static_cast<size_t>(kind_of(entry.request))];
    if (!output_.is_full()) return;
  }
  output_.send(parts_);
  if (is_cut) {
    cut_.keep(part, entry.request, executor_.now());
  } else if (connection.backlog == nullptr && !connection.is_lost()) {
    if (part.sent < kSentPerTurnMax) return;
    if (entry.input_end < part.input.size()) counters_.connection_yields.add();
  }
  part.stop(entry.input_end);
}

// Sends the replies to earlier requests first.  False if the client does not accept all of them:
// the request must be kept until it has.
bool Turn::start_watching(TurnEntry& entry) {
  output_.send(parts_);
  TurnPart& part = parts_[entry.part];
  if (part.connection->backlog != nullptr || part.connection->is_lost()) return false;
  begin_output(entry.part);
  watch_.start(part, entry.request, output_.replies());
  return true;
}

void Turn::begin_output(uint32_t number) {
  if (!output_.begin(number)) return;
  executor_.set_client(*parts_[number].connection);
}

void Turn::finish_group() {
  execute_batch();
  output_.send(parts_);
  for (TurnPart& part : parts_) finish_part(part);
  parts_.clear();
  input_.clear();
}

void Turn::finish_part(TurnPart& part) {
  Connection& connection = *part.connection;
  ConnectionInput& input = connection.input;
  if (part.request_count > 0) connection.note_request(executor_.now());
  if (part.executed != decltype(part.executed){}) latency_.note(part);  // requests without a reply
  if (connection.is_to_be_closed_now()) {
    finished_.push_back(&connection);
    return;
  }
  const size_t consumed = part.is_stopped ? part.consumed : part.parsed;
  if (part.is_stopped) {
    input.forget_parsed();
    input.has_unparsed_tail = consumed < part.input.size();
  }
  input_.keep(connection, part.input.substr(consumed));
  DEBUG_ASSERT(connection.is_consistent());
  ConnectionState state = ConnectionState::ReadingCommand;
  if (connection.holder != Holder::Worker) {
    // A watching connection is not read or written by this worker any more.
    if (connection.is_watching()) state = ConnectionState::Watching;
  } else if (connection.backlog != nullptr) {
    connection.watch.change(connection.interest_of_backlog());
    state = ConnectionState::Writing;
  } else if (input.has_unparsed_tail || connection.has_unread_input() ||
             connection.cut_request != nullptr) {
    unfinished_.push_back(&connection);
  } else if (input.upload() != nullptr || input.awaits_small_value()) {
    state = ConnectionState::ReadingValue;
  } else if (input.skipped() != nullptr) {
    state = ConnectionState::Skipping;
  }
  connection.state.store(state, std::memory_order_relaxed);
}

}  // namespace larder::server
