// Values that have not all come with their head: read straight into their items, or skipped.

#include <algorithm>
#include <utility>

#include "server/worker/turn.h"

namespace larder::server {

// Upstream reads a refused value to its end before it says so, and so do we: a client that sends
// before it reads gets its answer when it expects one.
void Turn::start_skipping(ConnectionInput& input, uint64_t size, protocol::Complaint then_say,
                          const protocol::ReplyStyle& style) {
  input.next = NextIsSkipped{.bytes = size,
                             .opaque = style.binary_opaque,
                             .opcode = style.opcode,
                             .complaint = style.silent ? protocol::Complaint::None : then_say};
}

bool Turn::skip(uint32_t number) {
  Part& part = parts_[number];
  ConnectionInput& input = part.connection->input;
  NextIsSkipped& value = *input.skipped();
  const size_t there = part.input.size() - part.parsed;
  const size_t skipped = std::min<uint64_t>(value.bytes, there);
  value.bytes -= skipped;
  part.parsed += skipped;
  if (value.bytes > 0) return false;
  const NextIsSkipped over = value;
  input.next = NextIsRequest{};
  if (over.complaint != protocol::Complaint::None) {
    const auto dialect = input.is_binary() ? protocol::Dialect::Binary : protocol::Dialect::Text;
    add_complaint(number, over.complaint,
                  {.dialect = dialect, .opcode = over.opcode, .binary_opaque = over.opaque}, false);
  }
  return true;
}

// A configuration that may be set is small enough to wait beside its head.
bool Turn::waits_whole(const protocol::Request& request) const {
  const auto* config = std::get_if<protocol::ConfigSet>(&request.command);
  return config != nullptr && executor_.refusal_of(*config) == protocol::Complaint::None;
}

// The head is complete and a large value is not: from now on bytes go straight to their place.
bool Turn::begin_upload(uint32_t number, const protocol::Parsed& parsed) {
  const protocol::Request request = spare_request();
  execute_batch();
  Part& part = parts_[number];
  if (part.is_stopped) return false;
  part.parsed += parsed.consumed;
  ++part.request_count;
  if (const auto* config = std::get_if<protocol::ConfigSet>(&request.command)) {
    start_skipping(part.connection->input,
                   uint64_t{config->value_size} + protocol::terminator_size(request.style),
                   executor_.refusal_of(*config), request.style);
    return true;
  }
  const auto& write = std::get<protocol::Write>(request.command);
  executor_.watch_writer().set_descriptor(part.connection->descriptor);
  Upload upload = executor_.begin_upload(write, request.style);
  if (upload.writer) {
    part.connection->input.next = NextIsLargeValue{std::make_unique<Upload>(std::move(upload))};
  } else {
    start_skipping(part.connection->input,
                   uint64_t{write.value_size} + protocol::terminator_size(upload.style),
                   upload.refusal, upload.style);
  }
  return true;
}

bool Turn::feed_upload(uint32_t number) {
  execute_batch();
  Part& part = parts_[number];
  if (part.is_stopped) return false;
  ConnectionInput& input = part.connection->input;
  Upload& upload = *input.upload();
  std::string_view rest = part.input.substr(part.parsed);
  const std::string_view bytes = rest.substr(0, upload.writer.missing());
  const uint32_t missing_before = upload.writer.missing();
  const bool has_room = upload.writer.append(bytes, executor_.now());
  part.parsed += missing_before - upload.writer.missing();
  begin_output(number);
  if (!has_room) {
    const std::unique_ptr<Upload> abandoned = input.take_upload();
    const uint64_t rest_size =
        uint64_t{upload.writer.missing()} + protocol::terminator_size(upload.style);
    const protocol::ReplyStyle style = upload.style;
    start_skipping(input, rest_size, executor_.abandon_upload(std::move(*abandoned)), style);
    return true;
  }
  if (!upload.writer.is_full()) return read_on(part);
  rest = part.input.substr(part.parsed);
  const size_t terminator_size = protocol::terminator_size(upload.style);
  if (rest.size() < terminator_size) return false;
  part.parsed += terminator_size;
  const std::unique_ptr<Upload> ended = input.take_upload();
  const bool is_terminated = terminator_size == 0 || rest.starts_with("\r\n");
  executor_.end_upload(std::move(*ended), is_terminated, out_);
  ++part.executed[static_cast<size_t>(CommandKind::Set)];
  return true;
}

}  // namespace larder::server
