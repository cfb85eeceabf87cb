// What a connection does after one of its requests was executed.
#pragma once

#include <cstdint>

namespace larder::server {

enum class Progress : uint8_t {
  Done,
  // The reply to a multiget is cut short.  Once what there is was sent and others have had their
  // turn, execute the request again, which now stands for the rest.
  MoreToAnswer,
  MoreLater,  // the same of a dump, of which no more than this fits a datagram
  Close,      // send what is there, then close
  Watch,      // the client is to be among the watchers; nothing has been answered yet
};

}  // namespace larder::server
