// A write whose value did not arrive completely together with its head: see WriteCommands::begin().
//
// Threads: the worker's.
#pragma once

#include <cstdint>
#include <string_view>

#include "protocol/complaint.h"
#include "protocol/limits.h"
#include "protocol/reply_style.h"
#include "slab/store.h"

namespace larder::server {

struct Upload {
  slab::ItemWriter writer;
  slab::WriteHead head;
  protocol::Complaint refusal = protocol::Complaint::None;  // the reason, if there is no writer
  protocol::ReplyStyle style = {};  // except for its opaque token, which is below: see own_style()
  uint8_t key_size = 0;
  uint8_t opaque_size = 0;
  char key_bytes[slab::kKeySizeMax];
  char opaque_bytes[protocol::kOpaqueSizeMax];

  std::string_view key() const { return {key_bytes, key_size}; }
  // Its views are valid as long as the upload.
  protocol::ReplyStyle own_style() const {
    protocol::ReplyStyle own = style;
    own.opaque = {opaque_bytes, opaque_size};
    return own;
  }
};

}  // namespace larder::server
