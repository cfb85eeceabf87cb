#include "client/discovery.h"

#include <charconv>

namespace larder::client {
namespace {

constexpr size_t kLineSizeMax = 2048;
constexpr size_t kTextSizeMax = 65'536;
constexpr std::string_view kHead = "CONFIG cluster ";

// The size from the reply "CONFIG cluster <flags> <bytes>".
Result<size_t> announced_size(std::string_view line) {
  const size_t blank = line.rfind(' ');
  size_t size = 0;
  const char* const end = line.data() + line.size();
  if (line.starts_with(kHead) && blank >= kHead.size()) {
    const auto [stop, code] = std::from_chars(line.data() + blank + 1, end, size);
    if (code == std::errc() && stop == end && size <= kTextSizeMax) return size;
  }
  return fail(ErrorCode::BadReply,
              "unexpected reply to config get cluster: '" + std::string(line) + "'");
}

}  // namespace

Result<ClusterText> ask_for_cluster(Connection& connection, Deadline deadline) {
  const Outcome sent = connection.send_all("config get cluster\r\n", deadline);
  if (!sent) return sent.error();
  const Result<std::string> line = connection.read_line(kLineSizeMax, deadline);
  if (!line) return line.error();
  const Result<size_t> size = announced_size(*line);
  if (!size) return size.error();

  const Result<std::string> text = connection.read_exact(*size, deadline);
  if (!text) return text.error();
  const Result<std::string> rest = connection.read_line(kLineSizeMax, deadline);
  if (!rest) return rest.error();
  const Result<std::string> last = connection.read_line(kLineSizeMax, deadline);
  if (!last) return last.error();
  if (!rest->empty() || *last != "END") {
    return fail(ErrorCode::BadReply, "the list of nodes does not have the announced size");
  }
  const base::Result<ClusterText> cluster = base::read_cluster_text(*text);
  if (!cluster) return fail(ErrorCode::BadReply, cluster.error().text);
  // No version is lower than 0, so a list with version 0 could never be accepted as newer.
  if (cluster->version == 0) return fail(ErrorCode::BadReply, "the list of nodes has version 0");
  return *cluster;
}

}  // namespace larder::client
