#include "server/process.h"

#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>

#include "server/options/options.h"
#include "tests/support/sockets.h"

namespace larder::server {
namespace {

// Runs `work` in a child process and returns its result, 0..255; changed limits and users end with
// it.
int status_in_child(const std::function<int()>& work) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(work());
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

std::string first_line_of(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// Returns the status of the refusal, 100 for the requested limit, 101 for a smaller one, or 102 if
// the system's limit is wrong.
int limit_outcome(rlim_t soft, rlim_t hard, const Options& options, rlim_t soft_wanted) {
  return status_in_child([&] {
    const rlimit limit{soft, hard};
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return 99;
    // Without root privileges, as for most servers; root gives them up permanently.
    if (::geteuid() == 0 && ::setuid(65534) != 0) return 98;
    const auto result = raise_descriptor_limit(options, 30);
    if (const auto* refusal = std::get_if<UsageError>(&result)) return refusal->exit_status;
    rlimit now{};
    ::getrlimit(RLIMIT_NOFILE, &now);
    if (now.rlim_cur != soft_wanted) return 102;
    return std::get<uint32_t>(result) == static_cast<uint32_t>(options.connection_count_max) ? 100
                                                                                             : 101;
  });
}

TEST_CASE("the limit of descriptors is raised for the connections and never lowered") {
  Options options;
  options.connection_count_max = 100;
  CHECK(limit_outcome(50, 200, options, 130) == 100);
  CHECK(limit_outcome(200, 200, options, 200) == 100);
  CHECK(limit_outcome(50, 110, options, 110) == 101);  // room for 80 clients
  CHECK(limit_outcome(50, 90, options, 90) == 71);
  options.relaxes_privileges = true;
  CHECK(limit_outcome(50, 90, options, 90) == 101);
}

TEST_CASE("core files require a limit that can be raised") {
  CHECK(status_in_child([] {
          const rlimit low{0, 4096};
          ::setrlimit(RLIMIT_CORE, &low);
          if (::geteuid() == 0 && ::setuid(65534) != 0) return 98;
          if (allow_core_files()) return 1;
          rlimit now{};
          ::getrlimit(RLIMIT_CORE, &now);
          return now.rlim_cur == 4096 ? 0 : 2;
        }) == 0);
  CHECK(status_in_child([] {
          const rlimit none{0, 0};
          ::setrlimit(RLIMIT_CORE, &none);
          if (::geteuid() == 0 && ::setuid(65534) != 0) return 98;
          const ProcessRefusal refusal = allow_core_files();
          return refusal ? refusal->exit_status : 0;
        }) == 71);
}

TEST_CASE("root switches to the requested user and other users cannot") {
  Options options;
  if (::geteuid() != 0) {
    CHECK_FALSE(become_user(options));
    return;
  }
  const auto status = [&](const char* user) {
    return status_in_child([&] {
      options.user = user;
      const ProcessRefusal refusal = become_user(options);
      if (refusal) return refusal->exit_status;
      const passwd* wanted = ::getpwnam(user);
      return ::getuid() == wanted->pw_uid && ::getgid() == wanted->pw_gid ? 0 : 1;
    });
  };
  CHECK(status("root") == 0);
  CHECK(status("nobody") == 0);
  CHECK(status("") == 64);
  CHECK(status("no-such-user-here") == 67);
}

TEST_CASE("the user gets its own groups and none of root's") {
  if (::geteuid() != 0) return;
  CHECK(status_in_child([] {
          const gid_t roots = 12345;
          if (::setgroups(1, &roots) != 0) return 98;
          Options options;
          options.user = "nobody";
          if (become_user(options)) return 97;
          const auto sorted = [](std::vector<gid_t> groups) {
            std::sort(groups.begin(), groups.end());
            return groups;
          };
          std::vector<gid_t> wanted(64);
          int count = static_cast<int>(wanted.size());
          if (::getgrouplist("nobody", ::getgid(), wanted.data(), &count) < 0) return 96;
          wanted.resize(static_cast<size_t>(count));
          std::vector<gid_t> got(64);
          got.resize(static_cast<size_t>(
              std::max(0, ::getgroups(static_cast<int>(got.size()), got.data()))));
          return sorted(got) == sorted(wanted) ? 0 : 1;
        }) == 0);
}

TEST_CASE("each TLS file that the user cannot read again gives a warning") {
  const support::TemporaryDirectory directory;
  Options options;
  options.uses_tls = true;
  options.user = "nobody";
  options.tls_chain_file = directory.file("cert.pem");
  options.tls_key_file = directory.file("key.pem");
  std::ofstream(options.tls_chain_file) << "readable";
  CHECK(warnings_of_unreadable_files(options) ==
        std::vector<std::string>{"WARNING: certificates cannot be reloaded: user nobody cannot "
                                 "read " +
                                 options.tls_key_file + ": No such file or directory"});
  std::ofstream(options.tls_key_file) << "readable";
  CHECK(warnings_of_unreadable_files(options).empty());
  options.tls_ca_file = directory.file("ca.pem");
  CHECK(warnings_of_unreadable_files(options).size() == 1);
  options.uses_tls = false;
  CHECK(warnings_of_unreadable_files(options).empty());
}

TEST_CASE("paths are made absolute, and the Unix socket's only for a daemon") {
  const auto here = [](const std::string& name) {
    return (std::filesystem::current_path() / name).string();
  };
  ::setenv("MEMCACHED_SASL_PWDB", "users", 1);
  ::setenv("SASL_CONF_PATH", "conf:/etc/sasl", 1);
  ::unsetenv("MEMCACHED_PORT_FILENAME");
  Options options;
  options.auth_file = "a";
  options.pid_file = "b/c";
  options.log_file = "/d";
  options.tls_key_file = "e";
  options.etcd_user_file = "f";
  options.cluster_state_file = "g";
  options.unix_socket_path = "s";
  make_paths_absolute(options);
  CHECK(options.auth_file == here("a"));
  CHECK(options.pid_file == here("b/c"));
  CHECK(options.log_file == "/d");
  CHECK(options.tls_key_file == here("e"));
  CHECK(options.etcd_user_file == here("f"));
  CHECK(options.cluster_state_file == here("g"));
  CHECK(options.tls_ca_file.empty());
  CHECK(options.unix_socket_path == "s");
  CHECK(std::getenv("MEMCACHED_SASL_PWDB") == here("users"));
  CHECK(std::getenv("SASL_CONF_PATH") == here("conf") + ":/etc/sasl");
  CHECK(std::getenv("MEMCACHED_PORT_FILENAME") == nullptr);
  options.runs_as_daemon = true;
  make_paths_absolute(options);
  CHECK(options.unix_socket_path == here("s"));
  ::unsetenv("MEMCACHED_SASL_PWDB");
  ::unsetenv("SASL_CONF_PATH");
}

TEST_CASE("the daemon's parent exits when the child is ready") {
  const support::TemporaryDirectory directory;
  const std::string path = directory.file("pid");
  const int status = status_in_child([&] {
    Options options;
    auto daemon = Daemon::fork_away(options);  // the parent exits in here
    if (!std::holds_alternative<Daemon>(daemon)) return 1;
    std::ofstream(path) << ::getpid() << " " << ::getsid(0) << std::endl;
    std::get<Daemon>(daemon).report_started();
    return 9;  // in a process that no one waits for
  });
  CHECK(status == 0);
  pid_t pid = 0, session = 1;
  std::ifstream(path) >> pid >> session;
  CHECK(pid > 0);
  CHECK(pid == session);
}

TEST_CASE("a daemon that fails to start passes its status to the parent") {
  CHECK(status_in_child([] {
          auto daemon = Daemon::fork_away(Options{});
          return std::holds_alternative<Daemon>(daemon) ? 71 : 1;
        }) == 71);
}

TEST_CASE("the pid file contains the process id and is removed at the end") {
  const support::TemporaryDirectory directory;
  const std::string path = directory.file("pid");
  std::vector<std::string> warnings;
  {
    auto file = PidFile::write(path, warnings);
    REQUIRE(file);
    CHECK(first_line_of(path) == std::to_string(::getpid()));
    const PidFile moved = std::move(*file);
    CHECK(first_line_of(path) == std::to_string(::getpid()));
  }
  CHECK(warnings.empty());
  CHECK(first_line_of(path).empty());
  CHECK_FALSE(PidFile::write(directory.file("none/pid"), warnings));
}

TEST_CASE("the pid file of a successor is not removed") {
  const support::TemporaryDirectory directory;
  const std::string path = directory.file("pid");
  std::vector<std::string> warnings;
  const auto succeeded_by = [&](const std::string& text) {
    {
      auto file = PidFile::write(path, warnings);
      REQUIRE(file);
      const std::string other = directory.file("other");
      std::ofstream(other) << text << std::endl;
      REQUIRE(std::rename(other.c_str(), path.c_str()) == 0);
    }
    return first_line_of(path);
  };
  CHECK(succeeded_by("1") == "1");
  // A process in another container may have the same id.
  CHECK(succeeded_by(std::to_string(::getpid())) == std::to_string(::getpid()));
  {
    auto file = PidFile::write(path, warnings);
    REQUIRE(file);
    std::ofstream(path) << "1" << std::endl;  // keeps the inode
  }
  CHECK(first_line_of(path) == "1");
}

TEST_CASE("a pid file of a running process gives a warning") {
  const support::TemporaryDirectory directory;
  const std::string path = directory.file("pid");
  std::ofstream(path) << ::getppid() << std::endl;
  std::vector<std::string> warnings;
  const auto file = PidFile::write(path, warnings);
  REQUIRE(file);
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0] == "WARNING: The pid file contained the following (running) pid: " +
                           std::to_string(::getppid()));
}

TEST_CASE("a write to a closed pipe is an error and no signal") {
  CHECK(status_in_child([] {
          ignore_write_signals();
          int ends[2];
          if (::pipe(ends) != 0) return 1;
          ::close(ends[0]);
          return ::write(ends[1], "x", 1) == -1 && errno == EPIPE ? 0 : 2;
        }) == 0);
}

}  // namespace
}  // namespace larder::server
