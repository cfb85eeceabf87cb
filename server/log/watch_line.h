// The lines of `watch`: one per record, with memcached's fields in memcached's order.
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
//   ...                                      <<descriptor> <line>
//
//   ts      microseconds are not padded: .42 means 42 microseconds
//   key     letters, digits and -._~ unchanged, every other byte as %NN
//   size    bytes of the value
//   ttl     seconds left when the item was stored; 0: no expiry.  For an item that was stored
//           already expired the value wraps at 32 bits.  In an eviction -1 means no expiry
//   la      seconds since the last access.  Every read counts; memcached updates it once a minute
//   clsid   see slab/shown_classes.h
//   cfd     the descriptor, as in `stats conns`
//
// Differences from memcached: a write refused for its size or for lack of memory has clsid, ttl and
// size 0 and its own cfd (memcached prints uninitialized stack memory), and its own cmd in the
// binary protocol.  There are no lru_crawler lines, because expired items are not found by crawling
// LRU lists.
//
// The last form is that of rawcmds: memcached defines it but never prints such a line.  The line is
// that of a text or meta command, unchanged but for `%`, control characters and bytes from 0x7f on,
// which are %NN, and cut after kLogTextSizeMax bytes.
#pragma once

#include <cstddef>
#include <string_view>

#include "server/log/watch_record.h"

namespace larder::server {

inline constexpr size_t kLogLineSizeMax = 1024;

// Writes the line and its newline to `to`, which has room for kLogLineSizeMax bytes, and returns
// its size.  `text` is the text of the record.
size_t format_watch_line(const WatchRecord& record, std::string_view text, char* to) noexcept;

}  // namespace larder::server
