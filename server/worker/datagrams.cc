#include "server/worker/datagrams.h"

#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>
#include <variant>

#include "protocol/binary_frame.h"
#include "protocol/login_commands.h"
#include "server/command/answers.h"
#include "server/command/first_byte.h"
#include "server/command/request_key.h"

namespace larder::server {
namespace {

using protocol::Verdict;

constexpr size_t kBufferSize = 64 << 10;  // the maximum size of a datagram
constexpr size_t kPayloadSizeMax = kDatagramSizeMax - kDatagramHeaderSize;

// The limit for a reply, because the sender address may be forged; also the limit for a value sent
// by UDP.  The datagram numbers would allow 90 MB.
constexpr size_t kAnswerSizeMax = 2 << 20;
static_assert(kAnswerSizeMax / kPayloadSizeMax < 0xffff);

constexpr size_t kKeptCapacityMax = 64 << 10;  // of the outbox, kept between datagrams

// Text replies begin like this, and requests do not.  Without this check, two servers could reply
// to each other's errors endlessly after a datagram with a forged sender.
bool looks_like_answer(std::string_view input) {
  return input.front() >= 'A' && input.front() <= 'Z';
}

// Reads the bytes of an outbox from front to back.
class Reader {
 public:
  explicit Reader(const protocol::ReplyBuffer& bytes) : bytes_(bytes) {}

  // Reads the next `size` bytes.  Precondition: there are as many.
  void read(char* to, size_t size) {
    while (size > 0) {
      const std::string_view run = current_run();
      const size_t taken = std::min(run.size(), size);
      std::memcpy(to, run.data(), taken);
      (is_in_borrowed() ? borrowed_read_ : owned_read_) += taken;
      to += taken;
      size -= taken;
      if (is_in_borrowed() && borrowed_read_ == bytes_.borrowed()[run_].size) {
        ++run_;
        borrowed_read_ = 0;
      }
    }
  }

 private:
  bool is_in_borrowed() const {
    return run_ < bytes_.borrowed().size() && bytes_.borrowed()[run_].owned_offset == owned_read_;
  }
  std::string_view current_run() const {
    if (is_in_borrowed()) {
      const protocol::BorrowedRun& run = bytes_.borrowed()[run_];
      return {run.data + borrowed_read_, run.size - borrowed_read_};
    }
    const size_t end = run_ < bytes_.borrowed().size() ? bytes_.borrowed()[run_].owned_offset
                                                       : bytes_.owned().size();
    return bytes_.owned().substr(owned_read_, end - owned_read_);
  }

  const protocol::ReplyBuffer& bytes_;
  size_t owned_read_ = 0;
  size_t run_ = 0;  // the next borrowed run
  size_t borrowed_read_ = 0;
};

}  // namespace

Datagrams::Datagrams(Executor& executor, ClockFollower& clock, WorkerCounters& counters,
                     protocol::Access access, std::vector<DatagramSocket> sockets)
    : executor_(executor), clock_(clock), counters_(counters), access_(access), out_(0) {
  if (!sockets.empty()) buffer_ = std::make_unique_for_overwrite<char[]>(kBufferSize);
  for (DatagramSocket& socket : sockets) {
    auto door = std::make_unique<Door>();
    door->datagrams = this;
    door->socket = std::move(socket);
    doors_.push_back(std::move(door));
  }
}

void Datagrams::start(EventLoop& loop) noexcept {
  for (const auto& door : doors_) {
    door->watch.start(loop, door->socket.fd.get(), Interest::Readable, on_readable, door.get());
  }
}

void Datagrams::stop() noexcept {
  for (const auto& door : doors_) door->watch.stop();
}

std::vector<int> Datagrams::descriptors() const {
  std::vector<int> descriptors;
  for (const auto& door : doors_) descriptors.push_back(door->socket.fd.get());
  return descriptors;
}

void Datagrams::on_readable(void* context) noexcept {
  const auto* door = static_cast<Door*>(context);
  door->datagrams->clock_.catch_up();
  door->datagrams->executor_.begin_turn();
  door->datagrams->sender_.descriptor = door->socket.fd.get();
  size_t size = 0;
  for (int i = 0; i < kReceivedPerTurnMax && size < kBytesPerTurnMax; ++i) {
    if (!door->datagrams->receive(door->socket, &size)) return;
  }
}

// False if there was no datagram.  Adds the received size to *total.
bool Datagrams::receive(const DatagramSocket& socket, size_t* total) {
  sockaddr_storage from{};
  iovec part{buffer_.get(), kBufferSize};
  msghdr message{};
  message.msg_name = &from;
  message.msg_namelen = sizeof from;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  const ssize_t size = ::recvmsg(socket.fd.get(), &message, 0);
  if (size < 0) return errno == EINTR;
  counters_.bytes_read.add(static_cast<uint64_t>(size));
  *total += static_cast<size_t>(size);
  const std::string_view datagram(buffer_.get(), static_cast<size_t>(size));
  if (datagram.size() <= kDatagramHeaderSize || access_ == protocol::Access::Stranger) return true;
  if (protocol::load_big_endian<uint16_t>(datagram.data() + 4) != 1) return true;
  out_.clear();
  sender_.peer = peer_address_of(from);
  executor_.set_client(sender_);
  serve(datagram.substr(kDatagramHeaderSize), socket.protocol);
  answer(socket.fd.get(), datagram.data(), message);
  if (out_.bytes().owned().size() > kKeptCapacityMax) out_ = Outbox(0);
  out_.clear();
  return true;
}

void Datagrams::serve(std::string_view input, WireProtocol protocol) {
  const bool is_binary = begins_binary(protocol, input.front());
  if (!is_binary && looks_like_answer(input)) return;
  while (!input.empty() && serve_one(is_binary, &input)) {
    if (out_.bytes().size() > kAnswerSizeMax) break;
  }
}

// Removes one request from *input and executes it.  False if no further request is to be executed.
bool Datagrams::serve_one(bool is_binary, std::string_view* input) {
  protocol::Request request;
  protocol::Login login;  // stays unused: UDP has no login
  const protocol::Parsed parsed =
      protocol::parse_request(is_binary, access_, *input, 0, &request, &login);
  if (parsed.verdict == Verdict::NeedMore || parsed.verdict == Verdict::Login) return false;
  if (!is_binary && executor_.watch_writer().wants(protocol::watch::kRawCommands)) {
    executor_.watch_writer().raw_command(input->substr(0, parsed.consumed));
  }
  if (parsed.verdict != Verdict::Complete) {
    if (!is_binary) request.style = {.silent = parsed.silent};
    if (parsed.complaint != protocol::Complaint::None) {
      server::answer(parsed.complaint, request.style, out_);
    }
    const size_t size = parsed.consumed + size_t{parsed.value_bytes_to_skip};
    input->remove_prefix(std::min(size, input->size()));
    return parsed.verdict == Verdict::Malformed;
  }
  size_t size = parsed.consumed;
  std::string_view value;
  if (const auto announced = protocol::announced_size(request.command)) {
    const size_t value_size = size_t{*announced} + terminator_size(request.style);
    if (input->size() - size < value_size) return false;
    value = input->substr(size, value_size);
    size += value_size;
  }
  Progress progress;
  do {
    uint64_t hash = 0;
    hash_key(request, executor_, &hash);
    progress = executor_.execute(request, value, hash, out_);
    if (out_.bytes().size() > kAnswerSizeMax) return false;
  } while (progress == Progress::MoreToAnswer);
  // UDP clients cannot watch.
  if (progress == Progress::Watch) {
    server::answer(protocol::Complaint::UnknownCommand, request.style, out_);
  }
  input->remove_prefix(size);
  return progress == Progress::Done;
}

void Datagrams::answer(int fd, const char* request_header, const msghdr& to) {
  const size_t size = out_.bytes().size();
  const size_t count = (size + kPayloadSizeMax - 1) / kPayloadSizeMax;
  if (size > kAnswerSizeMax) return;
  Reader reader(out_.bytes());
  std::array<char, kDatagramSizeMax> datagram;
  std::memcpy(datagram.data(), request_header, 2);
  for (size_t i = 0; i < count; ++i) {
    char* at = protocol::store_big_endian(datagram.data() + 2, static_cast<uint16_t>(i));
    at = protocol::store_big_endian(at, static_cast<uint16_t>(count));
    at = protocol::store_big_endian(at, uint16_t{0});
    const size_t payload_size = std::min(kPayloadSizeMax, size - i * kPayloadSizeMax);
    reader.read(at, payload_size);
    const ssize_t sent =
        ::sendto(fd, datagram.data(), kDatagramHeaderSize + payload_size, MSG_NOSIGNAL,
                 static_cast<const sockaddr*>(to.msg_name), to.msg_namelen);
    if (sent < 0) return;
    counters_.bytes_written.add(static_cast<uint64_t>(sent));
  }
}

}  // namespace larder::server
