#include "server/cluster/cluster_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <string_view>
#include <utility>

#include "base/unique_fd.h"
#include "base/words.h"

namespace larder::server {
namespace {

// The size limit of both files.
constexpr size_t kFileSizeMax = size_t{1} << 20;

constexpr mode_t kMode = 0640;

constexpr std::string_view kSpaces = " \t\r";

// Returns nullopt if the file does not exist.
base::Result<std::optional<std::string>> read_file(const std::string& path) {
  const base::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file && errno == ENOENT) return std::optional<std::string>();
  if (!file) return base::fail_errno("cannot open " + path);
  std::string bytes;
  char piece[16 << 10];
  for (;;) {
    const ssize_t size = ::read(file.get(), piece, sizeof piece);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return base::fail_errno("cannot read " + path);
    if (size == 0) return std::optional(std::move(bytes));
    bytes.append(piece, static_cast<size_t>(size));
    if (bytes.size() > kFileSizeMax) return base::fail(path + " is longer than a megabyte");
  }
}

std::string_view trimmed(std::string_view line) {
  line = line.substr(0, line.find('#'));
  const size_t begin = line.find_first_not_of(kSpaces);
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_last_not_of(kSpaces) - begin + 1);
}

base::Outcome write_whole(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t size = ::write(fd, bytes.data(), bytes.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return base::fail_errno("cannot write");
    bytes.remove_prefix(static_cast<size_t>(size));
  }
  return base::Done{};
}

// Makes a rename durable.
base::Outcome sync_directory_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const base::UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) return base::fail_errno("cannot sync " + directory);
  return base::Done{};
}

}  // namespace

base::Result<base::ClusterNodes> read_nodes_file(const std::string& path) {
  auto bytes = read_file(path);
  if (!bytes) return bytes.error();
  if (!*bytes) return base::fail("there is no file " + path);
  base::ClusterNodes nodes;
  std::string_view rest = **bytes;
  for (size_t number = 1; !rest.empty(); ++number) {
    const std::string_view text = trimmed(base::take_word(rest, "\n"));
    if (text.empty()) continue;
    auto node = base::parse_cluster_node(text);
    if (!node) return base::fail(path + ":" + std::to_string(number) + ": " + node.error().text);
    nodes.push_back(std::move(*node));
  }
  auto arranged = base::arrange_cluster_nodes(std::move(nodes));
  if (!arranged) return base::fail(path + ": " + arranged.error().text);
  return arranged;
}

base::Result<std::optional<base::Cluster>> read_cluster_state(const std::string& path) {
  auto bytes = read_file(path);
  if (!bytes) return bytes.error();
  if (!*bytes) return std::optional<base::Cluster>();
  const std::string& text = **bytes;
  if (text.ends_with("\n\n")) {
    const auto version =
        base::parse_cluster_version(std::string_view(text).substr(0, text.size() - 2));
    if (!version) return base::fail(path + ": " + version.error().text);
    return std::optional(base::Cluster{*version, {}});
  }
  auto cluster = base::parse_cluster(text);
  if (!cluster) return base::fail(path + ": " + cluster.error().text);
  return std::optional(std::move(*cluster));
}

base::Outcome write_cluster_state(const std::string& path, const base::Cluster& state) {
  const std::string temporary = path + ".new";
  base::UniqueFd file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kMode));
  if (!file) return base::fail_errno("cannot open " + temporary);
  if (auto written = write_whole(file.get(), base::format_cluster(state)); !written) {
    return base::fail(temporary + ": " + written.error().text);
  }
  if (::fsync(file.get()) != 0) return base::fail_errno("cannot sync " + temporary);
  if (std::rename(temporary.c_str(), path.c_str()) != 0) {
    return base::fail_errno("cannot rename " + temporary + " to " + path);
  }
  return sync_directory_of(path);
}

}  // namespace larder::server
