// What a client asks of its connection, in any dialect.
//
// Threads: plain values.
#pragma once

namespace larder::protocol {

struct Version {};
struct Quit {};

// mn and NOOP: answered once everything before it is.
struct Noop {};

}  // namespace larder::protocol
