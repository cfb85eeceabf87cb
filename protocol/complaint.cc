#include "protocol/complaint.h"

#include "base/assertions.h"

namespace larder::protocol {

std::string_view text_of(Complaint complaint) noexcept {
  switch (complaint) {
    case Complaint::None: break;
    case Complaint::UnknownCommand: return "ERROR";
    case Complaint::BadLineFormat: return "CLIENT_ERROR bad command line format";
    case Complaint::BadLine: return "CLIENT_ERROR bad command line";
    case Complaint::BadDataChunk: return "CLIENT_ERROR bad data chunk";
    case Complaint::BadExptime: return "CLIENT_ERROR invalid exptime argument";
    case Complaint::BadDelta: return "CLIENT_ERROR invalid numeric delta argument";
    case Complaint::NotANumber:
      return "CLIENT_ERROR cannot increment or decrement non-numeric value";
    case Complaint::ValueTooLarge: return "SERVER_ERROR object too large for cache";
    case Complaint::OutOfMemoryStoring: return "SERVER_ERROR out of memory storing object";
    case Complaint::OutOfMemoryReading: return "SERVER_ERROR Out of memory during read";
    case Complaint::OutOfMemory: return "SERVER_ERROR out of memory";
    case Complaint::FlushNotAllowed: return "CLIENT_ERROR flush_all not allowed";
    case Complaint::ShutdownNotEnabled: return "SERVER_ERROR: shutdown not enabled";
    case Complaint::BadShutdownMode: return "CLIENT_ERROR invalid shutdown mode";
    case Complaint::StatsDetailUsage: return "CLIENT_ERROR usage: stats detail on|off|dump";
    case Complaint::StatsDetailDenied: return "CLIENT_ERROR stats detail not allowed";
    case Complaint::CachedumpDenied: return "CLIENT_ERROR stats cachedump not allowed";
    case Complaint::IllegalSlabId: return "CLIENT_ERROR Illegal slab id";
    case Complaint::MemoryLimitTooSmall:
      return "MEMLIMIT_TOO_SMALL cannot set maxbytes to less than 8m";
    case Complaint::MemoryLimitInBytes:
      return "MEMLIMIT_ADJUST_FAILED input value is megabytes not bytes";
    case Complaint::MemoryLimitTooLarge:
      return "MEMLIMIT_ADJUST_FAILED out of bounds or unable to adjust";
    case Complaint::TooManyConnections: return "ERROR Too many open connections";
    case Complaint::TooManyFlags: return "CLIENT_ERROR options flags are too long";
    case Complaint::DuplicateFlag: return "CLIENT_ERROR duplicate flag";
    case Complaint::UnknownFlag: return "CLIENT_ERROR invalid flag";
    case Complaint::UnknownOrDuplicateFlag: return "CLIENT_ERROR invalid or duplicate flag";
    case Complaint::BadFlagToken: return "CLIENT_ERROR bad token in command line format";
    case Complaint::BadInitialValue: return "CLIENT_ERROR invalid numeric initial value";
    case Complaint::BadDeltaValue: return "CLIENT_ERROR invalid numeric delta value";
    case Complaint::BadKeyEncoding: return "CLIENT_ERROR error decoding key";
    case Complaint::OpaqueTooLong: return "CLIENT_ERROR opaque token too long";
    case Complaint::BadWriteMode: return "CLIENT_ERROR invalid mode for ms M token";
    case Complaint::BadArithmeticMode: return "CLIENT_ERROR invalid mode for ma M token";
    case Complaint::OutOfMemoryCreating: return "SERVER_ERROR Out of memory allocating new item";
    case Complaint::LineTooLong: return "CLIENT_ERROR line too long";
    case Complaint::FileNotRead: return "ERROR a file could not be read";
    case Complaint::InvalidArguments: return "CLIENT_ERROR invalid arguments";
    case Complaint::NoSuchStatistics: return "ERROR";
    case Complaint::AuthenticationFailed: return "CLIENT_ERROR authentication failure";
    case Complaint::Unauthenticated: return "CLIENT_ERROR unauthenticated";
    case Complaint::LoginTooLong: return "CLIENT_ERROR auth token too long";
    case Complaint::LoginNotTerminated: return "CLIENT_ERROR bad command line termination";
    case Complaint::BadLoginFormat: return "CLIENT_ERROR bad authentication token format";
  }
  UNREACHABLE();
}

}  // namespace larder::protocol
