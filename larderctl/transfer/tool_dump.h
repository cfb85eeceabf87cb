// What memcached-tool prints for `dump`: for each item the command `add KEY FLAGS EXPTIME BYTES`
// and the value, as nc would send them to a server.
//
// Threads: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "larderctl/transfer/item.h"

namespace larder::ctl {

struct ToolHead {
  std::string_view key;
  uint32_t flags = 0;
  int64_t exptime = 0;  // as the protocol has it
  size_t size = 0;
};

// A line without its ending; `set` is taken as well.  Nothing if it is no such command.
std::optional<ToolHead> parse_tool_head(std::string_view line) noexcept;

// The protocol's exptime as a point in time: 0 never, up to 30 days from `now` on, more than that
// absolute; a negative one is over, so it becomes 1.
int64_t expires_of_exptime(int64_t exptime, int64_t now) noexcept;

// Precondition: fits_text(item.key).
void append_tool_item(const Item& item, std::string& out);

}  // namespace larder::ctl
