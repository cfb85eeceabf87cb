#include "server/http/http_connection.h"

#include <sys/socket.h>

#include <cerrno>
#include <string_view>
#include <utility>

#include "base/assertions.h"
#include "protocol/http.h"
#include "server/http/http_host.h"
#include "server/http/http_pages.h"
#include "server/support/clock_driver.h"

namespace larder::server {
namespace {

constexpr size_t kReadSize = 4 << 10;
constexpr size_t kLingerBytesMax = 64 << 10;

bool would_block(int error_code) { return error_code == EAGAIN || error_code == EINTR; }

}  // namespace

HttpConnection::HttpConnection(base::UniqueFd socket, HttpSite& site)
    : fd_(std::move(socket)),
      site_(site),
      deadline_us_(monotonic_microseconds() + kPatienceMicroseconds) {}

bool HttpConnection::serve() {
  switch (phase_) {
    case Phase::Reading: return read_request();
    case Phase::Sending: return send_reply();
    case Phase::Lingering: return linger();
  }
  UNREACHABLE();
}

bool HttpConnection::read_request() {
  char bytes[kReadSize];
  const ssize_t got = ::recv(fd_.get(), bytes, sizeof(bytes), 0);
  if (got < 0 && would_block(errno)) return true;
  if (got <= 0) return false;
  input_.append(bytes, static_cast<size_t>(got));
  return answer();
}

bool HttpConnection::answer() {
  protocol::HttpRequest request;
  const protocol::HttpParsed parsed = protocol::parse_http_request(input_, &request);
  protocol::HttpReply reply;
  switch (parsed.verdict) {
    case protocol::HttpVerdict::NeedMore: return true;
    case protocol::HttpVerdict::Complete: {
      const bool is_host_ours =
          !came_by_loopback(fd_.get()) || is_local_host(request.host, site_.machine_name);
      reply = answer_path(site_.pages, request.path, is_host_ours);
      break;
    }
    case protocol::HttpVerdict::Refused:
      reply.status = parsed.status;
      reply.body.append(protocol::http_reason(parsed.status)) += '\n';
      break;
  }
  output_ = protocol::encode_http_reply(reply, request.is_head);
  phase_ = Phase::Sending;
  deadline_us_ = monotonic_microseconds() + kPatienceMicroseconds;
  site_.replies.add();
  return send_reply();
}

bool HttpConnection::send_reply() {
  const std::string_view unsent = std::string_view(output_).substr(sent_size_);
  const ssize_t sent = ::send(fd_.get(), unsent.data(), unsent.size(), MSG_NOSIGNAL);
  if (sent < 0 && !would_block(errno)) return false;
  if (sent > 0) sent_size_ += static_cast<size_t>(sent);
  if (sent_size_ < output_.size()) {
    watch_.change(Interest::Writable);
    return true;
  }
  ::shutdown(fd_.get(), SHUT_WR);
  output_ = {};
  phase_ = Phase::Lingering;
  deadline_us_ = monotonic_microseconds() + kLingerMicroseconds;
  watch_.change(Interest::Readable);
  return true;
}

bool HttpConnection::linger() {
  char bytes[kReadSize];
  const ssize_t got = ::recv(fd_.get(), bytes, sizeof(bytes), 0);
  if (got < 0 && would_block(errno)) return true;
  if (got <= 0) return false;
  discarded_size_ += static_cast<size_t>(got);
  return discarded_size_ <= kLingerBytesMax;
}

}  // namespace larder::server
