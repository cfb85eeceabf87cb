#include "protocol/complaint.h"

#include <cstddef>
#include <iterator>

#include "base/assertions.h"

namespace larder::protocol {
namespace {

struct Row {
  Complaint complaint;
  std::string_view text;
};

// Rows are in the order of the enumeration.
constexpr Row kRows[] = {
    {Complaint::None, ""},
    {Complaint::UnknownCommand, "ERROR"},
    {Complaint::BadLineFormat, "CLIENT_ERROR bad command line format"},
    {Complaint::BadLine, "CLIENT_ERROR bad command line"},
    {Complaint::BadDataChunk, "CLIENT_ERROR bad data chunk"},
    {Complaint::BadExptime, "CLIENT_ERROR invalid exptime argument"},
    {Complaint::BadDelta, "CLIENT_ERROR invalid numeric delta argument"},
    {Complaint::NotANumber, "CLIENT_ERROR cannot increment or decrement non-numeric value"},
    {Complaint::ValueTooLarge, "SERVER_ERROR object too large for cache"},
    {Complaint::OutOfMemoryStoring, "SERVER_ERROR out of memory storing object"},
    {Complaint::OutOfMemoryReading, "SERVER_ERROR Out of memory during read"},
    {Complaint::OutOfMemory, "SERVER_ERROR out of memory"},
    {Complaint::FlushNotAllowed, "CLIENT_ERROR flush_all not allowed"},
    {Complaint::ShutdownNotEnabled, "SERVER_ERROR: shutdown not enabled"},
    {Complaint::BadShutdownMode, "CLIENT_ERROR invalid shutdown mode"},
    {Complaint::StatsDetailUsage, "CLIENT_ERROR usage: stats detail on|off|dump"},
    {Complaint::StatsDetailDenied, "CLIENT_ERROR stats detail not allowed"},
    {Complaint::CachedumpDenied, "CLIENT_ERROR stats cachedump not allowed"},
    {Complaint::MetadumpDenied, "ERROR metadump not allowed"},
    {Complaint::MgdumpDenied, "ERROR key dump not allowed"},
    {Complaint::WatchDenied, "CLIENT_ERROR watch commands not allowed"},
    {Complaint::WatchWithoutProxy, "SERVER_ERROR there is no proxy to watch"},
    {Complaint::PipelinedMetadump, "ERROR cannot pipeline other commands before metadump"},
    {Complaint::PipelinedMgdump, "ERROR cannot pipeline other commands before mgdump"},
    {Complaint::PipelinedWatch, "ERROR cannot pipeline other commands before watch"},
    {Complaint::CrawlerDisabled, "CLIENT_ERROR lru crawler disabled"},
    {Complaint::CrawlerNotStarted, "ERROR failed to start lru crawler thread"},
    {Complaint::CrawlerBusy, "BUSY currently processing crawler request"},
    {Complaint::CrawlerSleepTooLong, "CLIENT_ERROR sleep must be one second or less"},
    {Complaint::CrawlFailed, "ERROR an unknown error happened"},
    {Complaint::BadCrawlClass, "BADCLASS invalid class id"},
    {Complaint::NothingToCrawl, "NOTSTARTED no items to crawl"},
    {Complaint::LruSharesTooLarge, "ERROR hot and warm pcts must not exceed 80"},
    {Complaint::LruFactorsTooSmall, "ERROR hot/warm age factors must be greater than 0"},
    {Complaint::ReassignDisabled, "CLIENT_ERROR slab reassignment disabled"},
    {Complaint::BadReassignClass, "BADCLASS invalid src or dst class id"},
    {Complaint::NoSparePages, "NOSPARE source class has no spare pages"},
    {Complaint::SameReassignClass, "SAME src and dst class are identical"},
    {Complaint::BadAutomoveWindow, "CLIENT_ERROR automove window too low or too high"},
    {Complaint::IllegalSlabId, "CLIENT_ERROR Illegal slab id"},
    {Complaint::MemoryLimitTooSmall, "MEMLIMIT_TOO_SMALL cannot set maxbytes to less than 8m"},
    {Complaint::MemoryLimitInBytes, "MEMLIMIT_ADJUST_FAILED input value is megabytes not bytes"},
    {Complaint::MemoryLimitUnreachable, "MEMLIMIT_ADJUST_FAILED out of bounds or unable to adjust"},
    {Complaint::TooManyConnections, "ERROR Too many open connections"},
    {Complaint::TooManyFlags, "CLIENT_ERROR options flags are too long"},
    {Complaint::DuplicateFlag, "CLIENT_ERROR duplicate flag"},
    {Complaint::UnknownFlag, "CLIENT_ERROR invalid flag"},
    {Complaint::UnknownOrDuplicateFlag, "CLIENT_ERROR invalid or duplicate flag"},
    {Complaint::BadFlagToken, "CLIENT_ERROR bad token in command line format"},
    {Complaint::BadInitialValue, "CLIENT_ERROR invalid numeric initial value"},
    {Complaint::BadDeltaValue, "CLIENT_ERROR invalid numeric delta value"},
    {Complaint::BadKeyEncoding, "CLIENT_ERROR error decoding key"},
    {Complaint::OpaqueTooLong, "CLIENT_ERROR opaque token too long"},
    {Complaint::BadWriteMode, "CLIENT_ERROR invalid mode for ms M token"},
    {Complaint::BadArithmeticMode, "CLIENT_ERROR invalid mode for ma M token"},
    {Complaint::OutOfMemoryCreating, "SERVER_ERROR Out of memory allocating new item"},
    {Complaint::TlsNotEnabled, "Error TLS not enabled"},
    {Complaint::ConfigNotEnabled, "CLIENT_ERROR config set, delete and list are not enabled"},
    {Complaint::TooManyConfigs, "SERVER_ERROR too many configurations"},
    {Complaint::BadCluster, "CLIENT_ERROR bad list of cluster nodes: see the log"},
    {Complaint::ClusterVersionTooLow, "CLIENT_ERROR the version of the cluster must increase"},
    {Complaint::ClusterKeyReserved,
     "CLIENT_ERROR the key is reserved for the list of cluster nodes"},
    {Complaint::LineTooLong, "CLIENT_ERROR line too long"},
    {Complaint::FileNotRead, "ERROR a file could not be read"},
    {Complaint::TooManyWatchers, "WATCHER_TOO_MANY log watcher limit reached"},
    {Complaint::WatchFailed, "WATCHER_FAILED failed to add log watcher"},
    {Complaint::InvalidArguments, "CLIENT_ERROR invalid arguments"},
    {Complaint::NoSuchStatistics, "ERROR"},
    {Complaint::AuthenticationFailed, "CLIENT_ERROR authentication failure"},
    {Complaint::Unauthenticated, "CLIENT_ERROR unauthenticated"},
    {Complaint::LoginTooLong, "CLIENT_ERROR auth token too long"},
    {Complaint::LoginNotTerminated, "CLIENT_ERROR bad command line termination"},
    {Complaint::BadLoginFormat, "CLIENT_ERROR bad authentication token format"},
};

constexpr bool are_rows_in_order() {
  for (size_t i = 0; i < std::size(kRows); ++i) {
    if (static_cast<size_t>(kRows[i].complaint) != i) return false;
  }
  return true;
}
static_assert(are_rows_in_order());
static_assert(std::size(kRows) == static_cast<size_t>(Complaint::BadLoginFormat) + 1,
              "the last one's");

}  // namespace

std::string_view text_of(Complaint complaint) noexcept {
  DEBUG_ASSERT(complaint != Complaint::None);
  return kRows[static_cast<size_t>(complaint)].text;
}

}  // namespace larder::protocol
