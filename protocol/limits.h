// Bounds of the wire, in bytes unless the name says otherwise.
#pragma once

#include <cstddef>
#include <cstdint>

namespace larder::protocol {

inline constexpr size_t kKeySizeMax = 250;

// More than this many bytes with no newline among them end the connection, unless they begin with
// `get ` or `gets ` (after at most kLeadingSpacesMax spaces): such a line may be as long as
// kGetLineSizeMax, for a multiget of half a million keys.  A longer line of any verb is taken
// when its newline has already arrived, as upstream takes it.
inline constexpr size_t kLineSizeMax = 2048;
inline constexpr size_t kLeadingSpacesMax = 100;
inline constexpr size_t kGetLineSizeMax = size_t{32} << 20;

// The shortest line upstream looks at, its newline counted in.
inline constexpr size_t kLineSizeMin = 4;

// Words of a line that are looked at; the rest is ignored.
inline constexpr size_t kWordsMax = 23;

// Words of a meta line, of kWordsMax looked at, that are not yet too many; and the longest opaque
// token, its O included.
inline constexpr size_t kMetaWordsMax = 20;
inline constexpr size_t kOpaqueSizeMax = 32;

// A text value is followed by "\r\n".
inline constexpr size_t kValueTerminatorSize = 2;

// The longest value a text login may have.
inline constexpr uint32_t kLoginSizeMax = 16384;

// The largest value size a text head may announce.
inline constexpr uint32_t kValueSizeMax = 0x7fffffff - 2;

// What cache_memlimit may name, in megabytes.  The largest is there to catch bytes.
inline constexpr uint32_t kMemoryLimitMegabytesMin = 8;
inline constexpr uint32_t kMemoryLimitMegabytesMax = 1'000'000'000;

inline constexpr uint32_t kVerbosityMax = 2;

}  // namespace larder::protocol
