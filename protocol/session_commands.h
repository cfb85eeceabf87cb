// Commands that concern the connection only, in all protocols.
//
// Threads: plain values.
#pragma once

namespace larder::protocol {

struct Version {};
struct Quit {};

// mn and NOOP: the reply is sent after the replies to all earlier requests.
struct Noop {};

}  // namespace larder::protocol
