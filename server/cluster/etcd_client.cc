#include "server/cluster/etcd_client.h"

#include <fstream>
#include <utility>

#include "base/assertions.h"

namespace larder::server {
namespace {

constexpr int kOk = 200;
constexpr int kUnauthorized = 401;
constexpr int kServerTrouble = 500;
constexpr size_t kLineSizeMax = 4096;

struct User {
  std::string name;
  std::string password;
};

base::Result<User> read_user(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!file || !std::getline(file, line)) return base::fail("cannot read the etcd user of " + path);
  if (line.ends_with('\r')) line.pop_back();
  const size_t colon = line.find(':');
  if (colon == 0 || colon == std::string::npos || line.size() > kLineSizeMax) {
    return base::fail(path + " should have one line, user:password");
  }
  return User{line.substr(0, colon), line.substr(colon + 1)};
}

bool has(std::string_view message, std::string_view words) {
  return message.find(words) != std::string_view::npos;
}

// Whether a request failed for lack of a valid token.  Some of these errors can be recognized only
// by their message, because they share a code with errors that a new token does not fix.
bool wants_login(int status, const EtcdRefusal& refusal) {
  return status == kUnauthorized || refusal.code == EtcdRefusal::kUnauthenticated ||
         has(refusal.message, "user name is empty") ||
         has(refusal.message, "revision of auth store is old");
}

}  // namespace

// The answer of one endpoint.
struct EtcdClient::Answer {
  enum class Kind : uint8_t {
    Good,
    Refused,      // other endpoints would answer the same
    WantsLogin,   // refused for lack of a valid token
    Unreachable,  // another endpoint may succeed
  };

  Kind kind;
  std::string text;  // the body, or the error
};

EtcdClient::EtcdClient(Settings settings) : settings_(std::move(settings)), http_(settings_.tls) {
  ASSERT(!settings_.endpoints.empty());
}

EtcdHttp::Request EtcdClient::request_to(std::string_view path, std::string body) const {
  return {.url = endpoint() + std::string(path), .body = std::move(body), .token = token_};
}

base::Error EtcdClient::count(base::Error error) {
  errors_.add();
  return error;
}

EtcdClient::Answer EtcdClient::ask_once(std::string_view path, const std::string& body,
                                        uint32_t milliseconds_max) {
  using Kind = Answer::Kind;
  auto reply = http_.post(request_to(path, body), milliseconds_max);
  if (!reply) return {Kind::Unreachable, reply.error().text};
  if (reply->status == kOk) return {Kind::Good, std::move(reply->body)};
  const EtcdRefusal refusal = decode_refusal(reply->body);
  const std::string text = endpoint() + std::string(path) + ": status " +
                           std::to_string(reply->status) + " " + refusal.message;
  if (wants_login(reply->status, refusal)) return {Kind::WantsLogin, text};
  return {reply->status < kServerTrouble ? Kind::Refused : Kind::Unreachable, text};
}

EtcdClient::Answer EtcdClient::log_in(uint32_t milliseconds_max) {
  using Kind = Answer::Kind;
  const auto user = read_user(settings_.user_file);
  if (!user) return {Kind::Refused, user.error().text};
  token_.clear();
  Answer answer =
      ask_once("/v3/auth/authenticate", encode_login(user->name, user->password), milliseconds_max);
  if (answer.kind == Kind::Refused && has(answer.text, "authentication is not enabled")) {
    answer.kind = Kind::Good;
    is_logged_in_ = true;
    return answer;
  }
  if (answer.kind != Kind::Good) return answer;
  auto token = decode_login(answer.text);
  if (!token) return {Kind::Refused, "etcd gave no token"};
  token_ = std::move(*token);
  is_logged_in_ = true;
  return answer;
}

EtcdClient::Answer EtcdClient::ask_current(std::string_view path, const std::string& body,
                                           uint32_t login_milliseconds_max) {
  using Kind = Answer::Kind;
  const bool has_user = !settings_.user_file.empty();
  if (has_user && !is_logged_in_) {
    if (Answer answer = log_in(login_milliseconds_max); answer.kind != Kind::Good) return answer;
  }
  Answer answer = ask_once(path, body, settings_.request_milliseconds_max);
  if (answer.kind != Kind::WantsLogin || !has_user) return answer;
  is_logged_in_ = false;
  if (Answer refusal = log_in(login_milliseconds_max); refusal.kind != Kind::Good) {
    return refusal;
  }
  return ask_once(path, body, settings_.request_milliseconds_max);
}

base::Result<std::string> EtcdClient::ask(std::string_view path, const std::string& body) {
  using Kind = Answer::Kind;
  std::string last;
  for (size_t asked = 0; asked < settings_.endpoints.size(); ++asked) {
    const bool is_last = asked + 1 == settings_.endpoints.size();
    Answer answer = ask_current(
        path, body,
        is_last ? settings_.login_milliseconds_max : settings_.request_milliseconds_max);
    if (answer.kind == Kind::Good) return std::move(answer.text);
    errors_.add();
    if (answer.kind != Kind::Unreachable) return base::fail(std::move(answer.text));
    last = std::move(answer.text);
    current_ = (current_ + 1) % settings_.endpoints.size();
  }
  return base::fail(std::move(last));
}

base::Result<EtcdRange> EtcdClient::range(const EtcdKeys& keys) {
  const auto body = ask("/v3/kv/range", encode_range(keys));
  if (!body) return body.error();
  auto range = decode_range(*body);
  if (!range) return count(range.error());
  return range;
}

base::Result<bool> EtcdClient::commit(const EtcdTransaction& transaction) {
  const auto body = ask("/v3/kv/txn", encode_transaction(transaction));
  if (!body) return body.error();
  auto is_done = decode_transaction(*body);
  if (!is_done) return count(is_done.error());
  return is_done;
}

base::Result<EtcdLease> EtcdClient::grant(uint32_t ttl_seconds) {
  const auto body = ask("/v3/lease/grant", encode_grant(ttl_seconds));
  if (!body) return body.error();
  auto lease = decode_grant(*body);
  if (!lease) return count(lease.error());
  return lease;
}

base::Result<uint32_t> EtcdClient::keep_alive(int64_t lease) {
  const auto body = ask("/v3/lease/keepalive", encode_lease(lease));
  if (!body) return body.error();
  auto seconds = decode_keep_alive(*body);
  if (!seconds) return count(seconds.error());
  return seconds;
}

base::Outcome EtcdClient::revoke(int64_t lease) {
  const auto body = ask("/v3/lease/revoke", encode_lease(lease));
  if (!body) return body.error();
  return base::Done{};
}

void EtcdClient::watch(const EtcdKeys& keys, int64_t from_revision) {
  watched_ = current_;
  http_.open_stream(request_to("/v3/watch", encode_watch(keys, from_revision)));
}

base::Result<bool> EtcdClient::wait_for_change(uint32_t milliseconds) {
  auto line = http_.wait(milliseconds);
  if (!line) return count(line.error());
  if (!line->has_value()) return false;
  const auto news = decode_watch_line(**line);
  if (!news) {
    unwatch();
    return count(news.error());
  }
  if (news->is_canceled) {
    unwatch();
    return count(base::fail(endpoint() + "/v3/watch: ended: " + news->reason));
  }
  return news->has_events;
}

}  // namespace larder::server
