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
    case Complaint::MetadumpDenied: return "ERROR metadump not allowed";
    case Complaint::MgdumpDenied: return "ERROR key dump not allowed";
    case Complaint::WatchDenied: return "CLIENT_ERROR watch commands not allowed";
    case Complaint::WatchNotBuilt: return "SERVER_ERROR watch is not built into this version";
    case Complaint::PipelinedMetadump:
      return "ERROR cannot pipeline other commands before metadump";
    case Complaint::PipelinedMgdump: return "ERROR cannot pipeline other commands before mgdump";
    case Complaint::PipelinedWatch: return "ERROR cannot pipeline other commands before watch";
    case Complaint::CrawlerDisabled: return "CLIENT_ERROR lru crawler disabled";
    case Complaint::CrawlerNotStarted: return "ERROR failed to start lru crawler thread";
    case Complaint::CrawlerBusy: return "BUSY currently processing crawler request";
    case Complaint::CrawlerSleepTooLong: return "CLIENT_ERROR sleep must be one second or less";
    case Complaint::CrawlFailed: return "ERROR an unknown error happened";
    case Complaint::BadCrawlClass: return "BADCLASS invalid class id";
    case Complaint::NothingToCrawl: return "NOTSTARTED no items to crawl";
    case Complaint::LruSharesTooLarge: return "ERROR hot and warm pcts must not exceed 80";
    case Complaint::LruFactorsTooSmall: return "ERROR hot/warm age factors must be greater than 0";
    case Complaint::ReassignDisabled: return "CLIENT_ERROR slab reassignment disabled";
    case Complaint::BadReassignClass: return "BADCLASS invalid src or dst class id";
    case Complaint::NoSparePages: return "NOSPARE source class has no spare pages";
    case Complaint::SameReassignClass: return "SAME src and dst class are identical";
    case Complaint::BadAutomoveWindow: return "CLIENT_ERROR automove window too low or too high";
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
    case Complaint::TlsNotEnabled: return "Error TLS not enabled";
    case Complaint::LineTooLong: return "CLIENT_ERROR line too long";
  }
  UNREACHABLE();
}

}  // namespace larder::protocol
