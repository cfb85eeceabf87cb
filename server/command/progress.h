// What a connection does after the execution of one of its requests.
#pragma once

#include <cstdint>

namespace larder::server {

enum class Progress : uint8_t {
  Done,
  // The reply to a multiget or dump is incomplete.  After this part has been sent and other clients
  // have been served, execute the request again; it now represents the rest.
  MoreToAnswer,
  MoreLater,  // the same for a dump of which no more fits into a datagram
  Close,      // send the replies, then close
  Watch,      // make the client a watcher; nothing has been sent yet
};

}  // namespace larder::server
