// Text for JSON.
//
// Threads: pure functions.
#pragma once

#include <string>
#include <string_view>

namespace larder::ctl {

// Whether the bytes are valid UTF-8 (RFC 3629).
bool is_utf8(std::string_view bytes) noexcept;

// Appends a string with its quotes.  Precondition: is_utf8(text).
void append_json_string(std::string_view text, std::string& out);

// For texts of any bytes: those that are no UTF-8 become question marks.
std::string json_string_of(std::string text);

}  // namespace larder::ctl
