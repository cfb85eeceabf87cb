#include "server/command/answers.h"

namespace larder::server {

using protocol::BinaryStatus;
using protocol::Complaint;
using protocol::Dialect;
using protocol::ReplyStyle;
using protocol::Status;

void answer(Complaint complaint, const ReplyStyle& style, Outbox& out) {
  if (style.silent) return;
  if (style.dialect == Dialect::Binary) {
    return protocol::encode_binary_complaint(complaint, style, out.bytes());
  }
  protocol::encode_complaint(complaint, out.bytes());
}

void answer(Status status, const ReplyStyle& style, Outbox& out) {
  if (style.silent) return;
  if (style.dialect == Dialect::Binary) return answer(BinaryStatus::Ok, 0, style, out);
  protocol::encode_status(status, out.bytes());
}

void answer(BinaryStatus status, uint64_t cas, const ReplyStyle& style, Outbox& out) {
  if (status == BinaryStatus::Ok && style.quiet) return;
  protocol::encode_binary_status(status, cas, style, out.bytes());
}

void answer_let_in(const ReplyStyle& style, Outbox& out) {
  if (style.dialect == Dialect::Binary) {
    protocol::encode_binary_text(BinaryStatus::Ok, "Authenticated", style, out.bytes());
  } else {
    protocol::encode_status(Status::Stored, out.bytes());
  }
}

Progress answer_outcome(Complaint complaint, const ReplyStyle& style, Outbox& out) {
  if (complaint == Complaint::None) {
    answer(Status::Ok, style, out);
  } else {
    answer(complaint, style, out);
  }
  return Progress::Done;
}

}  // namespace larder::server
