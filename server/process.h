// What the operator asks of the process itself: limits, user, daemon, memory lock, pid file.
//
// Threads: everything here runs on the main thread before any other exists, but for ~PidFile.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "server/options/usage_error.h"

namespace larder::server {

struct Options;

// Nothing: done.
using ProcessRefusal = std::optional<UsageError>;

// -r: raises the limit of core files, to infinity or as far as the system lets.
// Refused (71) when no core file at all may be written.
ProcessRefusal allow_core_files();

// Raises RLIMIT_NOFILE, never lowers it, so that -c clients fit beside `own_count` descriptors of
// our own.  Returns how many clients fit, at most -c.  Refused (71) when the system does not even
// give -c descriptors, unless privileges are relaxed.
std::variant<uint32_t, UsageError> raise_descriptor_limit(const Options& options,
                                                          uint32_t own_count);

// -u, when started as root: becomes that user for good, with the user's groups and no other.
// Refused when there is no -u (64), no such user (67) or the system says no (71).
ProcessRefusal become_user(const Options& options);

// Which of the files of TLS the user of -u cannot read, so that a reload would fail: a warning for
// each.  After become_user(); the files have been read before.
std::vector<std::string> warnings_of_unreadable_files(const Options& options);

// Makes every path in `options` absolute, and those in the environment (MEMCACHED_SASL_PWDB,
// MEMCACHED_PORT_FILENAME, SASL_CONF_PATH): a daemon leaves the directory that they are relative
// to, and some files are opened more than once.
void make_paths_absolute(Options& options);

// -d in two steps: the process that was started waits until its child has started to serve, and
// exits with 0 then, or with the child's status if that ends before.
class Daemon {
 public:
  // Returns in the child only.  The child leads a session of its own, in the root directory unless
  // it may have to write a core file there is no other place for.
  static std::variant<Daemon, UsageError> fork_away(const Options& options);

  // Lets the parent go; with verbosity 0 the standard streams go to the null device.
  void report_started();

 private:
  Daemon(base::UniqueFd parent, bool is_quiet) : parent_(std::move(parent)), is_quiet_(is_quiet) {}

  base::UniqueFd parent_;
  bool is_quiet_;
};

// -k, when started as root: lets lock_memory() succeed after become_user().
void allow_locked_memory();

// -k: locks what is and will be in memory, each page once it has been touched.  Call it when the
// address space is reserved and threads run: where the system limits locked memory it then fails
// here, with a warning, and not at a later reservation.
base::Outcome lock_memory();

// -P: a file with our process id, which appears whole.  Removed with this object, unless another
// process has put its own there meanwhile.
class PidFile {
 public:
  // `warnings` gets a line when the file names a process that runs.
  static base::Result<PidFile> write(const std::string& path, std::vector<std::string>& warnings);

  PidFile(PidFile&& other) noexcept;
  PidFile& operator=(PidFile&&) = delete;
  ~PidFile();

 private:
  explicit PidFile(std::string path) : path_(std::move(path)) {}

  std::string path_;  // empty: nothing to remove
  dev_t device_ = 0;  // which file we made there
  ino_t inode_ = 0;
};

// A write to a connection that is gone shall be an error of that write.
void ignore_broken_pipes();

}  // namespace larder::server
