// An HTTP server with scripted answers: one request per connection, one connection at a time.  It
// records the requests.
//
// Threads: it has its own thread, which calls `answer`; the methods are for one other thread.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/sockets.h"

namespace larder::support {

class FakeHttp {
 public:
  struct Question {
    std::string path;
    std::string body;
    std::string authorization;  // empty: none
  };
  struct Answer {
    int status = 200;
    std::string body = {};
    bool is_kept_back = false;  // not sent before this object is destroyed
  };

  explicit FakeHttp(std::function<Answer(const Question&)> answer) : answer_(std::move(answer)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    ASSERT(::bind(listener_.get(), any, size) == 0 && ::listen(listener_.get(), 16) == 0);
    ASSERT(::getsockname(listener_.get(), any, &size) == 0);
    url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    thread_ = std::thread([this] { run(); });
  }
  ~FakeHttp() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }
  FakeHttp(const FakeHttp&) = delete;
  FakeHttp& operator=(const FakeHttp&) = delete;

  const std::string& url() const { return url_; }

  std::vector<Question> questions() const {
    const std::lock_guard lock(mutex_);
    return questions_;
  }
  std::vector<std::string> paths() const {
    std::vector<std::string> found;
    for (const Question& question : questions()) found.push_back(question.path);
    return found;
  }

 private:
  void run() {
    for (;;) {
      base::UniqueFd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!client) return;
      serve(std::move(client));
    }
  }

  void serve(base::UniqueFd client) {
    Question question;
    if (!receive(client, question)) return;
    {
      const std::lock_guard lock(mutex_);
      questions_.push_back(question);
    }
    const Answer answer = answer_(question);
    if (answer.is_kept_back) {
      kept_.push_back(std::move(client));
      return;
    }
    // The body ends when the connection closes, as with a stream.
    const std::string text = "HTTP/1.1 " + std::to_string(answer.status) +
                             " Reason\r\nConnection: close\r\n\r\n" + answer.body;
    std::ignore = ::send(client.get(), text.data(), text.size(), MSG_NOSIGNAL);
  }

  static bool receive(const base::UniqueFd& client, Question& question) {
    std::string text;
    size_t head_size = 0;
    size_t body_size = 0;
    while (head_size == 0 || text.size() < head_size + body_size) {
      char bytes[4096];
      const ssize_t got = ::recv(client.get(), bytes, sizeof(bytes), 0);
      if (got <= 0) return false;
      text.append(bytes, static_cast<size_t>(got));
      if (const size_t end = text.find("\r\n\r\n"); end != text.npos && head_size == 0) {
        head_size = end + 4;
        body_size = std::strtoul(header(text, "Content-Length: ").c_str(), nullptr, 10);
      }
    }
    const size_t path = text.find(' ') + 1;
    question.path = text.substr(path, text.find(' ', path) - path);
    question.body = text.substr(head_size);
    question.authorization = header(text, "Authorization: ");
    return true;
  }

  static std::string header(const std::string& text, const std::string& name) {
    const size_t found = text.find("\r\n" + name);
    if (found == text.npos || found > text.find("\r\n\r\n")) return {};
    const size_t begin = found + 2 + name.size();
    return text.substr(begin, text.find("\r\n", begin) - begin);
  }

  const std::function<Answer(const Question&)> answer_;
  const base::UniqueFd listener_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  std::string url_;
  std::vector<base::UniqueFd> kept_;
  mutable std::mutex mutex_;
  std::vector<Question> questions_;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace larder::support
