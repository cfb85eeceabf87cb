#include "larderctl/transfer/json_items.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "base/base64.h"
#include "larderctl/transfer/decimal_text.h"
#include "larderctl/transfer/json_text.h"

namespace larder::ctl {
namespace {

using Json = nlohmann::json;

void append_base64(std::string_view bytes, std::string& out) {
  const size_t at = out.size();
  out.resize(at + base::base64_size(bytes.size()));
  base::encode_base64(bytes, out.data() + at);
}

// "name":"text", or "name64":"base64" where the bytes are no text.
void append_bytes(std::string_view name, std::string_view bytes, std::string& out) {
  out.append("\"").append(name);
  if (is_utf8(bytes)) {
    out += "\":";
    append_json_string(bytes, out);
  } else {
    out += "64\":\"";
    append_base64(bytes, out);
    out += '"';
  }
}

template <class Number>
void append_number(std::string_view name, Number number, std::string& out) {
  out.append(",\"").append(name).append("\":");
  append_decimal(number, out);
}

// The bytes of the member `name`, or of `name`64.
base::Outcome read_bytes(const Json& object, const std::string& name, std::string& bytes) {
  if (const auto found = object.find(name); found != object.end()) {
    if (!found->is_string()) return base::fail("\"" + name + "\" is no string");
    bytes = found->get_ref<const std::string&>();
    return base::Done{};
  }
  const auto found = object.find(name + "64");
  if (found == object.end()) return base::fail("there is no \"" + name + "\"");
  if (!found->is_string()) return base::fail("\"" + name + "64\" is no string");
  const auto& text = found->get_ref<const std::string&>();
  bytes.resize(text.size());
  bytes.resize(base::decode_base64(text, bytes.data()));
  if (bytes.empty() && !text.empty()) return base::fail("\"" + name + "64\" is no base64");
  return base::Done{};
}

// Leaves `number` as it is if there is no such member.
template <class Number>
base::Outcome read_number(const Json& object, const char* name, Number& number) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return base::Done{};
  const bool is_whole = found->is_number_unsigned() || found->is_number_integer();
  const bool fits =
      is_whole && (found->is_number_unsigned() ? std::in_range<Number>(found->get<uint64_t>())
                                               : std::in_range<Number>(found->get<int64_t>()));
  if (!fits) return base::fail("\"" + std::string(name) + "\" is no number that it can have");
  number = found->get<Number>();
  return base::Done{};
}

}  // namespace

Item JsonItem::view() const {
  Item view = item;
  view.key = key;
  view.value = value;
  return view;
}

base::Result<JsonItem> parse_json_item(std::string_view line) {
  const Json object = Json::parse(line, nullptr, false);
  if (!object.is_object()) return base::fail("this is no JSON object");
  JsonItem parsed;
  base::Outcome done = read_bytes(object, "key", parsed.key);
  if (done) done = read_bytes(object, "value", parsed.value);
  if (done) done = read_number(object, "flags", parsed.item.flags);
  if (done) done = read_number(object, "expires", parsed.item.expires);
  if (done) done = read_number(object, "cas", parsed.item.cas);
  if (!done) return done.error();
  const auto binary = object.find("binary");
  parsed.item.key_is_binary = binary != object.end() && binary->is_boolean() && binary->get<bool>();
  return parsed;
}

void append_json_item(const Item& item, std::string& out) {
  out += '{';
  append_bytes("key", item.key, out);
  out += ',';
  append_bytes("value", item.value, out);
  append_number("flags", item.flags, out);
  append_number("expires", item.expires, out);
  if (item.cas != 0) append_number("cas", item.cas, out);
  if (item.key_is_binary) out += ",\"binary\":true";
  out += "}\n";
}

}  // namespace larder::ctl
