// Short replies, in the protocol of the request; nothing is sent if its style is silent.
//
// Threads: pure functions over the given outbox.
#pragma once

#include <cstdint>
#include <string_view>

#include "protocol/encode.h"
#include "server/command/progress.h"
#include "server/net/outbox.h"

namespace larder::server {

// An error.
void answer(protocol::Complaint complaint, const protocol::ReplyStyle& style, Outbox& out);

// A success or a miss.  In the binary protocol each of them is an Ok without text.
void answer(protocol::Status status, const protocol::ReplyStyle& style, Outbox& out);

// Binary: a status.  Ok is not sent if the style is quiet.
void answer(protocol::BinaryStatus status, uint64_t cas, const protocol::ReplyStyle& style,
            Outbox& out);

// A successful login.
void answer_let_in(const protocol::ReplyStyle& style, Outbox& out);

// OK if the complaint is None; otherwise the error.
Progress answer_outcome(protocol::Complaint complaint, const protocol::ReplyStyle& style,
                        Outbox& out);

}  // namespace larder::server
