// Plays the client side of a transcript against a server and compares the replies.
//
// Threads: one.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <random>
#include <string>
#include <string_view>

#include "base/unique_fd.h"
#include "tests/support/transcript.h"

namespace larder::support {

// A server as its clients see it.
class Peer {
 public:
  virtual ~Peer() = default;
  // A connected non-blocking socket.
  virtual base::UniqueFd connect() = 0;
  // For a server driven by the test: processes all input that was sent.
  virtual void settle() = 0;
  // Waits until the socket is ready for `events`; returns false if waiting is pointless.
  virtual bool wait(int fd, short events) = 0;
  virtual void pass_seconds(int seconds) = 0;
};

// How the sent bytes are split.
enum class Split : uint8_t { Whole, Bytes, Random };

class Player {
 public:
  Player(const Transcript& transcript, Peer& peer, Split split, uint32_t seed)
      : transcript_(transcript), peer_(peer), split_(split), random_(seed) {
    for (const Step& step : transcript.steps) {
      if (step.act == Act::Stat) before_[name_of(step)] = stat(name_of(step));
    }
  }

  // Returns an empty string on success, otherwise the place and kind of the first difference.
  std::string play() {
    const auto& steps = transcript_.steps;
    for (size_t i = 0; i < steps.size(); ++i) {
      // Consecutive sends are sent together.
      std::string bytes;
      while (i < steps.size() && steps[i].act == Act::Send) {
        bytes += expand(steps[i].text, names_);
        if (i + 1 == steps.size() || steps[i + 1].act != Act::Send ||
            steps[i + 1].connection != steps[i].connection) {
          break;
        }
        ++i;
      }
      const std::string difference =
          steps[i].act == Act::Send ? send(steps[i], bytes) : play_step(steps[i]);
      if (!difference.empty()) {
        return transcript_.name + ":" + std::to_string(steps[i].line) + ": " + difference;
      }
    }
    return unread_at_end();
  }

 private:
  struct Client {
    base::UniqueFd fd;
    std::string received;
    bool is_closed = false;  // by the server
  };

  static std::string name_of(const Step& step) { return step.text.substr(0, step.text.find(' ')); }

  // Formats bytes for messages: on one line, shortened if long.
  static std::string shown(std::string_view bytes) {
    std::string text;
    for (const char byte : bytes.substr(0, 120)) {
      if (byte == '\r') {
        text += "\\r";
      } else if (byte == '\n') {
        text += "\\n";
      } else {
        text += byte;
      }
    }
    return bytes.size() > 120 ? text + "... (" + std::to_string(bytes.size()) + " bytes)" : text;
  }

  Client& client(int number) {
    Client& each = clients_[number];
    if (!each.fd && !each.is_closed) each.fd = peer_.connect();
    return each;
  }

  // Reads what has arrived; returns false if there is nothing.
  bool take(Client& each) {
    bool has_taken = false;
    for (char bytes[65536]; !each.is_closed;) {
      const ssize_t size = ::read(each.fd.get(), bytes, sizeof bytes);
      if (size < 0 && (errno == EAGAIN || errno == EINTR)) break;
      has_taken = true;
      each.is_closed = size <= 0;
      if (size > 0) each.received.append(bytes, static_cast<size_t>(size));
    }
    return has_taken;
  }
  bool await(Client& each) {
    if (take(each)) return true;
    peer_.settle();
    if (take(each)) return true;
    return !each.is_closed && peer_.wait(each.fd.get(), POLLIN) && take(each);
  }

  // Sends single bytes where splitting may matter, but not in the middle of a large value.
  size_t piece_size(size_t position, size_t size) {
    constexpr size_t kEdge = 2500;
    if (split_ == Split::Whole) return size;
    if (split_ == Split::Bytes && (position < kEdge || size - position < kEdge / 10)) return 1;
    const size_t magnitude = std::uniform_int_distribution<size_t>(0, 16)(random_);
    return std::uniform_int_distribution<size_t>(1, size_t{1} << magnitude)(random_);
  }

  std::string send(const Step& step, std::string_view bytes) {
    Client& each = client(step.connection);
    for (size_t sent = 0; sent < bytes.size();) {
      std::string_view piece = bytes.substr(sent, piece_size(sent, bytes.size()));
      while (!piece.empty()) {
        const ssize_t size = ::send(each.fd.get(), piece.data(), piece.size(), MSG_NOSIGNAL);
        if (size < 0 && errno != EAGAIN) return {};  // closed: the next expectation reports it
        if (size > 0) {
          piece.remove_prefix(static_cast<size_t>(size));
          sent += static_cast<size_t>(size);
        } else if (!peer_.wait(each.fd.get(), POLLIN | POLLOUT)) {
          return "the server takes no more";
        }
        peer_.settle();
        take(each);
      }
    }
    return {};
  }

  std::string play_step(const Step& step) {
    switch (step.act) {
      case Act::Send: break;
      case Act::ExpectLine: return expect_line(step);
      case Act::ExpectBytes: return expect_bytes(step);
      case Act::End: ::shutdown(client(step.connection).fd.get(), SHUT_WR); return {};
      case Act::Closed: return expect_closed(step);
      case Act::Seconds: peer_.pass_seconds(std::stoi(step.text)); return {};
      case Act::Stat: return expect_stat(step);
    }
    return "nothing that can be played";
  }

  std::string expect_line(const Step& step) {
    const std::string expected = expand(step.text, names_);
    Client& each = client(step.connection);
    std::string skipped;
    for (;;) {
      size_t end;
      size_t searched = 0;
      while ((end = each.received.find("\r\n", searched)) == std::string::npos) {
        searched = each.received.empty() ? 0 : each.received.size() - 1;
        if (!await(each)) {
          return "expected \"" + shown(expected) + "\", came \"" + shown(skipped + each.received) +
                 (each.is_closed ? "\" and the end" : "\"");
        }
      }
      const std::string line = each.received.substr(0, end);
      each.received.erase(0, end + 2);
      if (matches(line, expected, names_)) return {};
      if (!step.skips) return "expected \"" + shown(expected) + "\", came \"" + shown(line) + "\"";
      skipped = line + "\r\n";
    }
  }

  std::string expect_bytes(const Step& step) {
    const std::string expected = expand(step.text, names_);
    Client& each = client(step.connection);
    while (each.received.size() < expected.size() && await(each)) {
    }
    const std::string came = each.received.substr(0, expected.size());
    each.received.erase(0, expected.size());
    if (came == expected) return {};
    return "expected \"" + shown(expected) + "\", came \"" + shown(came) + "\"";
  }

  std::string expect_closed(const Step& step) {
    Client& each = client(step.connection);
    while (await(each)) {
    }
    if (!each.received.empty()) return "came \"" + shown(each.received) + "\"";
    return each.is_closed ? "" : "the connection is open";
  }

  std::string expect_stat(const Step& step) {
    const std::string name = name_of(step);
    const long expected = std::stol(step.text.substr(name.size() + 1));
    const long came = stat(name) - before_[name];
    if (came == expected) return {};
    return name + " is " + std::to_string(came) + " and not " + std::to_string(expected);
  }

  long stat(const std::string& name) {
    Client asking{.fd = peer_.connect(), .received = {}};
    const std::string question = "stats\r\n";
    if (::send(asking.fd.get(), question.data(), question.size(), MSG_NOSIGNAL) < 0) return -1;
    while (!asking.received.ends_with("END\r\n") && await(asking)) {
    }
    const std::string row = "STAT " + name + " ";
    const size_t at = asking.received.find(row);
    return at == std::string::npos ? -1 : std::stol(asking.received.substr(at + row.size()));
  }

  // Returns an error if the server has sent anything unexpected on any connection.
  std::string unread_at_end() {
    for (auto& [number, each] : clients_) {
      if (!each.is_closed) ::shutdown(each.fd.get(), SHUT_WR);
      while (await(each)) {
      }
      if (!each.received.empty() || !each.is_closed) {
        return transcript_.name + ": at its end came \"" + shown(each.received) +
               (each.is_closed ? "\"" : "\", and the connection stays open");
      }
    }
    return {};
  }

  const Transcript& transcript_;
  Peer& peer_;
  const Split split_;
  std::mt19937 random_;
  Names names_;
  std::map<std::string, long> before_;
  std::map<int, Client> clients_;
};

}  // namespace larder::support
