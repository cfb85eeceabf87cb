#include "server/process.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/words.h"
#include "server/options/options.h"

namespace larder::server {

namespace {

UsageError refusal(int exit_status, std::string line) { return {exit_status, std::move(line)}; }

// The process id in a pid file, or 0 if there is none.
pid_t pid_in(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "re");
  if (file == nullptr) return 0;
  char text[32] = {};
  const size_t size = std::fread(text, 1, sizeof(text) - 1, file);
  std::fclose(file);
  pid_t pid = 0;
  std::from_chars(text, text + size, pid);
  return pid;
}

// Returns an empty path unchanged, and any path if the working directory is unknown; opening the
// file reports the error.
std::string absolute(const std::string& path) {
  if (path.empty()) return path;
  std::error_code failed;
  const std::filesystem::path whole = std::filesystem::absolute(path, failed);
  return failed ? path : whole.string();
}

// The same for a list of directories separated by colons.
std::string absolute_list(std::string_view list) {
  std::string whole;
  while (!list.empty()) {
    if (!whole.empty()) whole += ':';
    whole += absolute(std::string(base::take_word(list, ":")));
  }
  return whole;
}

// The parent of -d: waits until the child reports that it has started, or ends.
[[noreturn]] void exit_like(pid_t child, int child_end) {
  char word;
  ssize_t got;
  do {
    got = ::read(child_end, &word, 1);
  } while (got < 0 && errno == EINTR);
  if (got == 1) ::_exit(0);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  ::_exit(WIFEXITED(status) && WEXITSTATUS(status) != 0 ? WEXITSTATUS(status) : 1);
}

}  // namespace

ProcessRefusal allow_core_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_CORE, &limit) == 0) {
    const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
    if (::setrlimit(RLIMIT_CORE, &unlimited) != 0) {
      const rlimit all_there_is{limit.rlim_max, limit.rlim_max};
      ::setrlimit(RLIMIT_CORE, &all_there_is);
    }
  }
  if (::getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_cur == 0) {
    return refusal(EX_OSERR, "failed to ensure corefile creation");
  }
  return std::nullopt;
}

std::variant<uint32_t, UsageError> raise_descriptor_limit(const Options& options,
                                                          uint32_t own_count) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return refusal(EX_OSERR, "failed to getrlimit number of files");
  }
  const auto clients = static_cast<uint32_t>(options.connection_count_max);
  const rlim_t wanted = rlim_t{clients} + own_count;
  if (limit.rlim_cur < wanted) {
    const rlimit raised{wanted, std::max(limit.rlim_max, wanted)};
    if (::setrlimit(RLIMIT_NOFILE, &raised) != 0) {  // not root, and the hard limit is below
      const rlimit all_there_is{limit.rlim_max, limit.rlim_max};
      ::setrlimit(RLIMIT_NOFILE, &all_there_is);
    }
    ::getrlimit(RLIMIT_NOFILE, &limit);
  }
  if (limit.rlim_cur < clients && !options.relaxes_privileges) {
    return refusal(EX_OSERR,
                   "failed to set rlimit for open files. Try starting as root or requesting "
                   "smaller maxconns value.");
  }
  if (limit.rlim_cur <= own_count) {
    return refusal(EX_OSERR, "the open file limit leaves no descriptors for clients");
  }
  return static_cast<uint32_t>(std::min<rlim_t>(clients, limit.rlim_cur - own_count));
}

ProcessRefusal become_user(const Options& options) {
  if (::getuid() != 0 && ::geteuid() != 0) return std::nullopt;
  if (options.user.empty()) return refusal(EX_USAGE, "must add '-u root' to start as root");
  const passwd* user = ::getpwnam(options.user.c_str());
  if (user == nullptr) {
    return refusal(EX_NOUSER, "can't find the user " + options.user + " to switch to");
  }
  // EPERM: a container without CAP_SETGID, which cannot change groups anyway.
  if (::initgroups(user->pw_name, user->pw_gid) != 0 && errno != EPERM) {
    return refusal(
        EX_OSERR, "failed to set the groups of user " + options.user + ": " + std::strerror(errno));
  }
  if (::setgid(user->pw_gid) != 0 || ::setuid(user->pw_uid) != 0) {
    return refusal(EX_OSERR, "failed to assume identity of user " + options.user);
  }
  // Changing the user disables core files; this enables them again.
  if (options.writes_core_dump) ::prctl(PR_SET_DUMPABLE, 1);
  return std::nullopt;
}

std::vector<std::string> warnings_of_unreadable_files(const Options& options) {
  std::vector<std::string> warnings;
  if (!options.uses_tls || options.user.empty()) return warnings;
  for (const std::string& path :
       {options.tls_chain_file, options.tls_key_file, options.tls_ca_file}) {
    if (path.empty() || ::faccessat(AT_FDCWD, path.c_str(), R_OK, AT_EACCESS) == 0) continue;
    warnings.push_back("WARNING: certificates cannot be reloaded: user " + options.user +
                       " cannot read " + path + ": " + std::strerror(errno));
  }
  return warnings;
}

void make_paths_absolute(Options& options) {
  constexpr std::string Options::*kPaths[] = {
      &Options::auth_file,
      &Options::cluster_nodes_file,
      &Options::cluster_state_file,
      &Options::etcd_ca_file,
      &Options::etcd_certificate_file,
      &Options::etcd_key_file,
      &Options::etcd_user_file,
      &Options::log_file,
      &Options::pid_file,
      &Options::snapshot_folder,
      &Options::snapshot_key_file,
      &Options::tls_ca_file,
      &Options::tls_chain_file,
      &Options::tls_key_file,
  };
  for (std::string Options::*const path : kPaths) options.*path = absolute(options.*path);
  // A Unix socket's path must be short: only a daemon needs the longer one.
  if (options.runs_as_daemon) options.unix_socket_path = absolute(options.unix_socket_path);
  for (const char* name : {"MEMCACHED_SASL_PWDB", "MEMCACHED_PORT_FILENAME"}) {
    if (const char* path = std::getenv(name)) ::setenv(name, absolute(path).c_str(), 1);
  }
  if (const char* list = std::getenv("SASL_CONF_PATH")) {
    ::setenv("SASL_CONF_PATH", absolute_list(list).c_str(), 1);
  }
}

std::variant<Daemon, UsageError> Daemon::fork_away(const Options& options) {
  constexpr std::string_view kFailed = "failed to daemon() in order to daemonize";
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return refusal(1, std::string(kFailed));
  base::UniqueFd child_end(ends[0]);
  base::UniqueFd parent_end(ends[1]);
  const pid_t child = ::fork();
  if (child < 0) return refusal(1, std::string(kFailed));
  if (child > 0) {
    parent_end.reset();
    exit_like(child, child_end.get());
  }
  const bool stays_here = options.writes_core_dump;
  if (::setsid() < 0 || (!stays_here && ::chdir("/") != 0)) {
    return refusal(1, std::string(kFailed));
  }
  return Daemon(std::move(parent_end), options.verbosity == 0);
}

void Daemon::report_started() {
  if (is_quiet_) {
    base::UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
      if (null) ::dup2(null.get(), stream);
    }
    if (null && null.get() <= STDERR_FILENO) null.release();
  }
  const char word = 1;
  (void)!::write(parent_.get(), &word, 1);  // fails only if the parent was killed
  parent_.reset();
}

void allow_locked_memory() {
  const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
  ::setrlimit(RLIMIT_MEMLOCK, &unlimited);
}

base::Outcome lock_memory() {
  if (::mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) != 0) {
    return base::fail_errno("warning: -k invalid, mlockall() failed");
  }
  return base::Done{};
}

base::Result<PidFile> PidFile::write(const std::string& path, std::vector<std::string>& warnings) {
  const pid_t other = pid_in(path);
  if (other > 0 && ::kill(other, 0) == 0) {
    warnings.push_back("WARNING: The pid file contained the following (running) pid: " +
                       std::to_string(other));
  }
  // Written under a temporary name and renamed, so that no reader sees an empty file.
  const std::string unfinished = path + ".tmp";
  std::FILE* file = std::fopen(unfinished.c_str(), "we");
  if (file == nullptr) {
    return base::fail_errno("Could not open the pid file " + unfinished + " for writing");
  }
  const bool is_written = std::fprintf(file, "%ld\n", static_cast<long>(::getpid())) > 0;
  if (std::fclose(file) != 0 || !is_written) {
    return base::fail_errno("Could not write the pid file " + unfinished);
  }
  if (std::rename(unfinished.c_str(), path.c_str()) != 0) {
    return base::fail_errno("Could not rename the pid file from " + unfinished + " to " + path);
  }
  PidFile pid_file(path);
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) {
    pid_file.device_ = status.st_dev;
    pid_file.inode_ = status.st_ino;
  }
  return pid_file;
}

PidFile::PidFile(PidFile&& other) noexcept
    : path_(std::exchange(other.path_, std::string())),
      device_(other.device_),
      inode_(other.inode_) {}

// Checks both inode and process id: a process in another container may have the same id, and a
// later file may have the same inode number.
PidFile::~PidFile() {
  if (path_.empty()) return;
  struct stat status {};
  const bool is_ours = ::stat(path_.c_str(), &status) == 0 && status.st_dev == device_ &&
                       status.st_ino == inode_ && pid_in(path_) == ::getpid();
  if (!is_ours || ::unlink(path_.c_str()) == 0) return;
  std::fprintf(stderr, "Could not remove the pid file %s: %s\n", path_.c_str(),
               std::strerror(errno));
}

void ignore_write_signals() {
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);
}

}  // namespace larder::server
