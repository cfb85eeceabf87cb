#include "server/cluster/etcd_json.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/base64.h"

namespace larder::server {
namespace {

using nlohmann::json;

// Longer error messages of etcd are cut.
constexpr size_t kMessageSizeMax = 200;

std::string to_base64(std::string_view bytes) {
  std::string text(base::base64_size(bytes.size()), '\0');
  base::encode_base64(bytes, text.data());
  return text;
}

std::string from_base64(std::string_view text) {
  std::string bytes(text.size(), '\0');
  bytes.resize(base::decode_base64(text, bytes.data()));
  return bytes;
}

std::string text_of(const json& object) {
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

json put_of(const EtcdPut& put) {
  json object = {{"key", to_base64(put.key)}, {"value", to_base64(put.value)}};
  if (put.lease != 0) object["lease"] = std::to_string(put.lease);
  return object;
}

// The member, or null; etcd omits members that are zero.
const json* member(const json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

std::string_view text_in(const json& object, const char* name) {
  const json* value = member(object, name);
  const auto* text = value == nullptr ? nullptr : value->get_ptr<const std::string*>();
  return text == nullptr ? std::string_view() : std::string_view(*text);
}

bool is_true_in(const json& object, const char* name) {
  const json* value = member(object, name);
  return value != nullptr && value->is_boolean() && value->get<bool>();
}

// 64-bit numbers are strings, smaller ones may be JSON numbers; 0 if the member is missing.
int64_t number_in(const json& object, const char* name) {
  const json* value = member(object, name);
  if (value == nullptr) return 0;
  if (value->is_number_integer()) return value->get<int64_t>();
  const std::string_view digits = text_in(object, name);
  int64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

// Parses an object that has the member `required`; every reply of etcd has a header.
base::Result<json> parse(std::string_view body, const char* required) {
  json object = json::parse(body, nullptr, false);
  if (object.is_discarded() || member(object, required) == nullptr) {
    return base::fail("etcd's answer is not what it should be: " +
                      std::string(body.substr(0, kMessageSizeMax)));
  }
  return object;
}

EtcdKeyValue pair_of(const json& object) {
  return {.key = from_base64(text_in(object, "key")),
          .value = from_base64(text_in(object, "value")),
          .mod_revision = number_in(object, "mod_revision"),
          .lease = number_in(object, "lease")};
}

// Parses a line of a stream, which may be an error.
base::Result<json> parse_streamed(std::string_view line) {
  json object = json::parse(line, nullptr, false);
  if (const json* error = object.is_discarded() ? nullptr : member(object, "error")) {
    return base::fail("etcd: " +
                      std::string(text_in(*error, "message").substr(0, kMessageSizeMax)));
  }
  return parse(line, "result");
}

uint32_t seconds_in(const json& object) {
  constexpr int64_t kSecondsMax = 1 << 30;
  return static_cast<uint32_t>(std::clamp<int64_t>(number_in(object, "TTL"), 0, kSecondsMax));
}

}  // namespace

EtcdKeys keys_under(std::string prefix) {
  EtcdKeys keys{prefix, std::move(prefix)};
  ++keys.end.back();
  return keys;
}

std::string encode_range(const EtcdKeys& keys) {
  return text_of({{"key", to_base64(keys.begin)}, {"range_end", to_base64(keys.end)}});
}

std::string encode_transaction(const EtcdTransaction& transaction) {
  json compare = json::array();
  for (const auto& [key, mod_revision] : transaction.unchanged) {
    compare.push_back({{"key", to_base64(key)},
                       {"target", "MOD"},
                       {"result", "EQUAL"},
                       {"mod_revision", std::to_string(mod_revision)}});
  }
  json success = json::array();
  for (const EtcdPut& put : transaction.puts) success.push_back({{"request_put", put_of(put)}});
  for (const std::string& key : transaction.removed) {
    success.push_back({{"request_delete_range", {{"key", to_base64(key)}}}});
  }
  return text_of({{"compare", std::move(compare)}, {"success", std::move(success)}});
}

std::string encode_grant(uint32_t ttl_seconds) {
  return text_of({{"TTL", std::to_string(ttl_seconds)}});
}

std::string encode_lease(int64_t id) { return text_of({{"ID", std::to_string(id)}}); }

std::string encode_watch(const EtcdKeys& keys, int64_t from_revision) {
  return text_of({{"create_request",
                   {{"key", to_base64(keys.begin)},
                    {"range_end", to_base64(keys.end)},
                    {"start_revision", std::to_string(from_revision)}}}});
}

std::string encode_login(std::string_view user, std::string_view password) {
  return text_of({{"name", user}, {"password", password}});
}

base::Result<EtcdRange> decode_range(std::string_view body) {
  const auto answer = parse(body, "header");
  if (!answer) return answer.error();
  EtcdRange range{.revision = number_in(*member(*answer, "header"), "revision"), .pairs = {}};
  if (const json* pairs = member(*answer, "kvs")) {
    for (const json& each : *pairs) range.pairs.push_back(pair_of(each));
  }
  return range;
}

base::Result<bool> decode_transaction(std::string_view body) {
  const auto answer = parse(body, "header");
  if (!answer) return answer.error();
  return is_true_in(*answer, "succeeded");
}

base::Result<EtcdLease> decode_grant(std::string_view body) {
  const auto answer = parse(body, "ID");
  if (!answer) return answer.error();
  const EtcdLease lease{.id = number_in(*answer, "ID"), .ttl_seconds = seconds_in(*answer)};
  if (lease.id == 0 || lease.ttl_seconds == 0) return base::fail("a lease without an id or a TTL");
  return lease;
}

base::Result<uint32_t> decode_keep_alive(std::string_view body) {
  const auto answer = parse_streamed(body);
  if (!answer) return answer.error();
  return seconds_in(*member(*answer, "result"));
}

base::Result<EtcdWatchLine> decode_watch_line(std::string_view line) {
  const auto answer = parse_streamed(line);
  if (!answer) return answer.error();
  const json& result = *member(*answer, "result");
  const json* events = member(result, "events");
  EtcdWatchLine news{.is_created = is_true_in(result, "created"),
                     .has_events = events != nullptr && !events->empty(),
                     .is_canceled = is_true_in(result, "canceled"),
                     .reason = std::string(text_in(result, "cancel_reason"))};
  if (news.is_canceled && news.reason.empty()) {
    news.reason = number_in(result, "compact_revision") > 0 ? "the revision is compacted"
                                                            : "no reason is given";
  }
  return news;
}

base::Result<std::string> decode_login(std::string_view body) {
  const auto answer = parse(body, "token");
  if (!answer) return answer.error();
  return std::string(text_in(*answer, "token"));
}

EtcdRefusal decode_refusal(std::string_view body) {
  const json object = json::parse(body, nullptr, false);
  if (object.is_discarded()) return {.code = 0, .message = {}};
  // The format depends on etcd's version and on whether the call streams.
  const json* streamed = member(object, "error");
  if (streamed != nullptr && streamed->is_object()) {
    return {.code = static_cast<int>(number_in(*streamed, "grpc_code")),
            .message = std::string(text_in(*streamed, "message").substr(0, kMessageSizeMax))};
  }
  std::string_view message = text_in(object, "message");
  if (message.empty()) message = text_in(object, "error");
  return {.code = static_cast<int>(number_in(object, "code")),
          .message = std::string(message.substr(0, kMessageSizeMax))};
}

}  // namespace larder::server
