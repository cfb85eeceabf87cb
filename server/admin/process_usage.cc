#include "server/admin/process_usage.h"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <memory>

namespace larder::server {
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
struct CloseDirectory {
  void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};

void read_memory(ProcessUsage& usage) {
  const std::unique_ptr<std::FILE, CloseFile> file(std::fopen("/proc/self/statm", "re"));
  unsigned long virtual_pages = 0;
  unsigned long resident_pages = 0;
  if (file == nullptr || std::fscanf(file.get(), "%lu %lu", &virtual_pages, &resident_pages) != 2) {
    return;
  }
  const auto page_bytes = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  usage.virtual_bytes = virtual_pages * page_bytes;
  usage.resident_bytes = resident_pages * page_bytes;
}

uint64_t count_descriptors() {
  const std::unique_ptr<DIR, CloseDirectory> directory(::opendir("/proc/self/fd"));
  if (directory == nullptr) return 0;
  uint64_t count = 0;
  while (const dirent* entry = ::readdir(directory.get())) {
    if (entry->d_name[0] != '.') ++count;
  }
  return count - 1;  // without the descriptor of the directory
}

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

ProcessUsage usage_of_this_process() {
  ProcessUsage usage;
  rusage used{};
  if (::getrusage(RUSAGE_SELF, &used) == 0) {
    usage.cpu_seconds = seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
  }
  read_memory(usage);
  usage.open_descriptors = count_descriptors();
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) usage.descriptor_limit = limit.rlim_cur;
  return usage;
}

}  // namespace larder::server
