// Items as JSON, an object a line:
//
//   {"key":"user:1","value":"text","flags":0,"expires":1790000000,"cas":7}
//
// "key64" and "value64" take the place of "key" and "value" where the bytes are no UTF-8, in
// base64.  "binary":true: the key was set in base64 or by the binary protocol.  "expires" is in
// seconds since 1970-01-01 UTC; 0 or left out: never.
//
// Threads: pure functions and plain values.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "larderctl/transfer/item.h"

namespace larder::ctl {

struct JsonItem {
  std::string key;
  std::string value;
  Item item;  // without its key and value

  // Borrows from this object.
  Item view() const;
};

// `line` is one object.  Unknown members are ignored; the error says what is wrong with the line.
base::Result<JsonItem> parse_json_item(std::string_view line);

// An object, and a line feed.
void append_json_item(const Item& item, std::string& out);

}  // namespace larder::ctl
