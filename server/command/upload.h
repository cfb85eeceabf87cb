// A value whose head came without the whole of it: see WriteCommands::begin().
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

}  // namespace larder::server
