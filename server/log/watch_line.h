// What watchers read: one line per record, in upstream's words and order.
//
//   ts=<seconds>.<microseconds> gid=<number> type=item_get key= status= clsid= cfd= size=
//   ...                                      type=item_store key= status= cmd= ttl= clsid= cfd=
//   size=
//   ...                                      type=deleted key= cmd= clsid= size=
//   ...                                      type=eviction key= fetch= ttl= la= clsid= size=
//   ...                                      type=conn_new rip= rport= transport= cfd=
//   ...                                      type=conn_close rip= rport= transport= reason= cfd=
//   ...                                      type=conntlserr fd= msg=
//   ...                                      type=slab_move src= dst= state=
//
//   ts      microseconds are not padded: .42 is 42 of them
//   key     letters, digits and -._~ as they are, every other byte as %NN
//   size    bytes of the value
//   ttl     seconds left when it was stored; 0: for ever.  Of what was dead already it wraps, in 32
//           bits.  Of an eviction -1: for ever
//   la      seconds since the last access: every read counts here, upstream notes one a minute
//   clsid   ids are Larder's own, of which there are more
//   cfd     the descriptor, as in `stats conns`
//
// Where it shows something else than upstream: a write that is refused for its size or for memory
// has clsid, ttl and size 0 and its own cfd (upstream prints what lies on its stack), and by the
// binary protocol its own cmd.  Not here: lru_crawler lines, as the dead are not found by crawling
// lists; rawcmds, of which upstream has never said anything.
#pragma once

#include <cstddef>
#include <string_view>

#include "server/log/watch_record.h"

namespace larder::server {

inline constexpr size_t kLogLineSizeMax = 1024;

// Writes the line with its end to `to`, which has room for kLogLineSizeMax bytes; its size.
// `text` is the record's.
size_t format_watch_line(const WatchRecord& record, std::string_view text, char* to) noexcept;

}  // namespace larder::server
