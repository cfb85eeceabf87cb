#include "server/worker/turn_upload.h"

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

namespace larder::server {
namespace {

// A value up to this size is kept after its head until it is complete; a larger one is read into
// its item.
constexpr size_t kWaitingValueMax = 2048;

}  // namespace

void TurnUpload::start_skipping(ConnectionInput& input, uint64_t size,
                                protocol::Complaint then_answer,
                                const protocol::ReplyStyle& style) {
  input.next = NextIsSkipped{.bytes = size,
                             .opaque = style.binary_opaque,
                             .opcode = style.opcode,
                             .complaint = style.silent ? protocol::Complaint::None : then_answer};
}

std::optional<TurnUpload::Answer> TurnUpload::skip(TurnPart& part) {
  ConnectionInput& input = part.connection->input;
  NextIsSkipped& value = *input.skipped();
  const size_t skipped = std::min<uint64_t>(value.bytes, part.rest().size());
  value.bytes -= skipped;
  part.parsed += skipped;
  if (value.bytes > 0) return std::nullopt;
  const NextIsSkipped over = value;
  input.next = NextIsRequest{};
  const auto dialect = input.is_binary() ? protocol::Dialect::Binary : protocol::Dialect::Text;
  return Answer{over.complaint,
                {.dialect = dialect, .opcode = over.opcode, .binary_opaque = over.opaque}};
}

// A configuration that may be set is below the limit.
bool TurnUpload::waits_whole(const protocol::Request& request, size_t value_size) const {
  if (value_size <= kWaitingValueMax) return true;
  const auto* config = std::get_if<protocol::ConfigSet>(&request.command);
  return config != nullptr && executor_.refusal_of(*config) == protocol::Complaint::None;
}

void TurnUpload::begin(TurnPart& part, const protocol::Request& request) {
  ConnectionInput& input = part.connection->input;
  if (const auto* config = std::get_if<protocol::ConfigSet>(&request.command)) {
    return start_skipping(input,
                          uint64_t{config->value_size} + protocol::terminator_size(request.style),
                          executor_.refusal_of(*config), request.style);
  }
  const auto& write = std::get<protocol::Write>(request.command);
  executor_.set_client(*part.connection);
  Upload upload = executor_.begin_upload(write, request.style);
  if (upload.writer) {
    input.next = NextIsLargeValue{std::make_unique<Upload>(std::move(upload))};
  } else {
    start_skipping(input, uint64_t{write.value_size} + protocol::terminator_size(upload.style),
                   upload.refusal, upload.style);
  }
}

bool TurnUpload::feed(TurnPart& part, Outbox& replies) {
  ConnectionInput& input = part.connection->input;
  Upload& upload = *input.upload();
  const std::string_view bytes = part.rest().substr(0, upload.writer.missing());
  const uint32_t missing_before = upload.writer.missing();
  const bool has_room = upload.writer.append(bytes, executor_.now());
  part.parsed += missing_before - upload.writer.missing();
  if (!has_room) {
    const std::unique_ptr<Upload> abandoned = input.take_upload();
    const uint64_t rest_size =
        uint64_t{upload.writer.missing()} + protocol::terminator_size(upload.style);
    const protocol::ReplyStyle style = upload.style;
    start_skipping(input, rest_size, executor_.abandon_upload(std::move(*abandoned)), style);
    return true;
  }
  if (!upload.writer.is_full()) return input_.read_on(part, executor_.now());
  const size_t terminator_size = protocol::terminator_size(upload.style);
  const std::string_view terminator = part.rest();
  if (terminator.size() < terminator_size) return false;
  part.parsed += terminator_size;
  const std::unique_ptr<Upload> ended = input.take_upload();
  const bool is_terminated = terminator_size == 0 || terminator.starts_with("\r\n");
  executor_.end_upload(std::move(*ended), is_terminated, replies);
  ++part.executed[static_cast<size_t>(CommandKind::Set)];
  return true;
}

}  // namespace larder::server
