// Process setup requested by options: limits, user, daemon, memory lock, pid file.
//
// Threads: the main thread, before it starts any other; ~PidFile runs later.
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

// nullopt: success.
using ProcessRefusal = std::optional<UsageError>;

// -r: raises the core file limit to infinity, or to the hard limit.
// Fails (71) if the limit remains 0.
ProcessRefusal allow_core_files();

// Raises RLIMIT_NOFILE (never lowers it) to make room for -c clients and `own_count` descriptors of
// the server itself.  Returns how many clients fit, at most -c.  Fails (71) if the limit stays
// below -c, unless privileges are relaxed.
std::variant<uint32_t, UsageError> raise_descriptor_limit(const Options& options,
                                                          uint32_t own_count);

// -u, when started as root: switches to that user permanently, with exactly the user's groups.
// Fails without -u (64), for an unknown user (67), or if the system refuses (71).
ProcessRefusal become_user(const Options& options);

// Returns a warning for each TLS file that the user of -u cannot read, because reloading it would
// fail.  Call after become_user(); the files have been loaded before.
std::vector<std::string> warnings_of_unreadable_files(const Options& options);

// Makes all paths absolute, in `options` and in the environment (MEMCACHED_SASL_PWDB,
// MEMCACHED_PORT_FILENAME, SASL_CONF_PATH): a daemon changes its working directory, and some files
// are opened more than once.
void make_paths_absolute(Options& options);

// -d: forks into the background.  The parent waits until the child has started, then exits with 0;
// if the child ends before that, the parent exits with the child's status.
class Daemon {
 public:
  // Returns in the child only.  The child is a session leader.  Its working directory is the root
  // directory; with -r the directory is kept, because core files are written there.
  static std::variant<Daemon, UsageError> fork_away(const Options& options);

  // Lets the parent exit.  With verbosity 0 the standard streams are redirected to /dev/null.
  void report_started();

 private:
  Daemon(base::UniqueFd parent, bool is_quiet) : parent_(std::move(parent)), is_quiet_(is_quiet) {}

  base::UniqueFd parent_;
  bool is_quiet_;
};

// -k, when started as root: raises RLIMIT_MEMLOCK so that lock_memory() works after become_user().
void allow_locked_memory();

// -k: locks current and future memory, each page when it is first touched.  Call it after the
// address space is reserved and the threads run: if locked memory is limited, this call fails,
// which is only a warning, instead of a later reservation.
base::Outcome lock_memory();

// -P: the pid file, created atomically.  Removed by the destructor, unless another process has
// replaced it.
class PidFile {
 public:
  // Adds a line to `warnings` if the file contains the id of a running process.
  static base::Result<PidFile> write(const std::string& path, std::vector<std::string>& warnings);

  PidFile(PidFile&& other) noexcept;
  PidFile& operator=(PidFile&&) = delete;
  ~PidFile();

 private:
  explicit PidFile(std::string path) : path_(std::move(path)) {}

  std::string path_;  // empty: nothing to remove
  dev_t device_ = 0;  // identifies the file that this object created
  ino_t inode_ = 0;
};

// Ignores SIGPIPE and SIGXFSZ, so that a write to a closed connection, or to a file that exceeds
// RLIMIT_FSIZE, returns an error.
void ignore_write_signals();

}  // namespace larder::server
