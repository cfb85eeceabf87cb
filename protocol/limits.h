// Limits of the protocols, in bytes unless the name says otherwise.
#pragma once

#include <cstddef>
#include <cstdint>

namespace larder::protocol {

inline constexpr size_t kKeySizeMax = 250;

// A connection is closed if it has sent more than this many bytes without a newline, unless they
// begin with `get ` or `gets ` (after at most kLeadingSpacesMax spaces): such a line may be up to
// kGetLineSizeMax long, enough for a multiget of half a million keys.  A longer line of any command
// is accepted if its newline has already arrived, as in upstream.
inline constexpr size_t kLineSizeMax = 2048;
inline constexpr size_t kLeadingSpacesMax = 100;
inline constexpr size_t kGetLineSizeMax = size_t{32} << 20;

// The shortest line that upstream examines, including its newline.
inline constexpr size_t kLineSizeMin = 4;

// The number of words of a line that are read; further words are ignored.
inline constexpr size_t kWordsMax = 23;

// The maximum number of words of a meta line (kWordsMax are read), and the maximum length of an
// opaque token, including its O.
inline constexpr size_t kMetaWordsMax = 20;
inline constexpr size_t kOpaqueSizeMax = 32;

// A value in the text protocol is followed by "\r\n".
inline constexpr size_t kValueTerminatorSize = 2;

// The maximum value size of a text login.
inline constexpr uint32_t kLoginSizeMax = 16384;

// The largest value size that the head of a text command may announce.
inline constexpr uint32_t kValueSizeMax = 0x7fffffff - 2;

// The range of cache_memlimit, in megabytes.  The maximum catches values given in bytes.
inline constexpr uint32_t kMemoryLimitMegabytesMin = 8;
inline constexpr uint32_t kMemoryLimitMegabytesMax = 1'000'000'000;

inline constexpr uint32_t kVerbosityMax = 2;

}  // namespace larder::protocol
