// All error texts that a client can receive, in one table.  Those marked "ours" are Larder's own.
//
// Source of the texts: the behaviour of memcached 1.6.45.
#pragma once

#include <cstdint>
#include <string_view>

namespace larder::protocol {

enum class Complaint : uint8_t {
  None,                    // no text: with Fatal, closes without a reply
  UnknownCommand,          // ERROR
  BadLineFormat,           // CLIENT_ERROR bad command line format
  BadLine,                 // CLIENT_ERROR bad command line
  BadDataChunk,            // CLIENT_ERROR bad data chunk
  BadExptime,              // CLIENT_ERROR invalid exptime argument
  BadDelta,                // CLIENT_ERROR invalid numeric delta argument
  NotANumber,              // CLIENT_ERROR cannot increment or decrement non-numeric value
  ValueTooLarge,           // SERVER_ERROR object too large for cache
  OutOfMemoryStoring,      // SERVER_ERROR out of memory storing object
  OutOfMemoryReading,      // SERVER_ERROR Out of memory during read
  OutOfMemory,             // SERVER_ERROR out of memory (incr and decr)
  FlushNotAllowed,         // CLIENT_ERROR flush_all not allowed
  ShutdownNotEnabled,      // SERVER_ERROR: shutdown not enabled (the colon is upstream's)
  BadShutdownMode,         // CLIENT_ERROR invalid shutdown mode
  StatsDetailUsage,        // CLIENT_ERROR usage: stats detail on|off|dump
  StatsDetailDenied,       // CLIENT_ERROR stats detail not allowed
  CachedumpDenied,         // CLIENT_ERROR stats cachedump not allowed
  MetadumpDenied,          // ERROR metadump not allowed
  MgdumpDenied,            // ERROR key dump not allowed
  WatchDenied,             // CLIENT_ERROR watch commands not allowed
  WatchWithoutProxy,       // SERVER_ERROR there is no proxy to watch (ours)
  PipelinedMetadump,       // ERROR cannot pipeline other commands before metadump
  PipelinedMgdump,         // ERROR cannot pipeline other commands before mgdump
  PipelinedWatch,          // ERROR cannot pipeline other commands before watch
  CrawlerDisabled,         // CLIENT_ERROR lru crawler disabled
  CrawlerNotStarted,       // ERROR failed to start lru crawler thread
  CrawlerBusy,             // BUSY currently processing crawler request
  CrawlerSleepTooLong,     // CLIENT_ERROR sleep must be one second or less
  CrawlFailed,             // ERROR an unknown error happened
  BadCrawlClass,           // BADCLASS invalid class id
  NothingToCrawl,          // NOTSTARTED no items to crawl
  LruSharesTooLarge,       // ERROR hot and warm pcts must not exceed 80
  LruFactorsTooSmall,      // ERROR hot/warm age factors must be greater than 0
  ReassignDisabled,        // CLIENT_ERROR slab reassignment disabled
  BadReassignClass,        // BADCLASS invalid src or dst class id
  NoSparePages,            // NOSPARE source class has no spare pages
  SameReassignClass,       // SAME src and dst class are identical
  BadAutomoveWindow,       // CLIENT_ERROR automove window too low or too high
  IllegalSlabId,           // CLIENT_ERROR Illegal slab id
  MemoryLimitTooSmall,     // MEMLIMIT_TOO_SMALL cannot set maxbytes to less than 8m
  MemoryLimitInBytes,      // MEMLIMIT_ADJUST_FAILED input value is megabytes not bytes
  MemoryLimitUnreachable,  // MEMLIMIT_ADJUST_FAILED out of bounds or unable to adjust
  TooManyConnections,      // ERROR Too many open connections
  TooManyFlags,            // CLIENT_ERROR options flags are too long
  DuplicateFlag,           // CLIENT_ERROR duplicate flag
  UnknownFlag,             // CLIENT_ERROR invalid flag
  UnknownOrDuplicateFlag,  // CLIENT_ERROR invalid or duplicate flag (ma, for all of its flags)
  BadFlagToken,            // CLIENT_ERROR bad token in command line format
  BadInitialValue,         // CLIENT_ERROR invalid numeric initial value
  BadDeltaValue,           // CLIENT_ERROR invalid numeric delta value
  BadKeyEncoding,          // CLIENT_ERROR error decoding key
  OpaqueTooLong,           // CLIENT_ERROR opaque token too long
  BadWriteMode,            // CLIENT_ERROR invalid mode for ms M token
  BadArithmeticMode,       // CLIENT_ERROR invalid mode for ma M token
  OutOfMemoryCreating,     // SERVER_ERROR Out of memory allocating new item (ma)
  TlsNotEnabled,           // Error TLS not enabled (refresh_certs)
  ConfigNotEnabled,        // CLIENT_ERROR config set, delete and list are not enabled (ours)
  TooManyConfigs,          // SERVER_ERROR too many configurations (ours)
  BadCluster,              // CLIENT_ERROR bad list of cluster nodes: see the log (ours)
  ClusterVersionTooLow,    // CLIENT_ERROR the version of the cluster must increase (ours)
  ClusterKeyReserved,      // CLIENT_ERROR the key is reserved for the list of cluster nodes (ours)
  LineTooLong,             // CLIENT_ERROR line too long: over kGetLineSizeMax (ours)
  FileNotRead,             // ERROR a file could not be read: see the log (ours)
  TooManyWatchers,         // WATCHER_TOO_MANY log watcher limit reached
  WatchFailed,             // WATCHER_FAILED failed to add log watcher
  InvalidArguments,        // CLIENT_ERROR invalid arguments (binary)
  NoSuchStatistics,        // ERROR (binary)
  AuthenticationFailed,    // CLIENT_ERROR authentication failure
  Unauthenticated,         // CLIENT_ERROR unauthenticated
  LoginTooLong,            // CLIENT_ERROR auth token too long
  LoginNotTerminated,      // CLIENT_ERROR bad command line termination
  BadLoginFormat,          // CLIENT_ERROR bad authentication token format
};

// The text without its line end, valid for the lifetime of the process.  Precondition: not None.
std::string_view text_of(Complaint complaint) noexcept;

}  // namespace larder::protocol
