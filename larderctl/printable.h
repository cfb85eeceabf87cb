// What a server says may be anything, and goes to somebody's terminal.
//
// Threads: any.
#pragma once

#include <string>

namespace larder::ctl {

// The text with a question mark for each byte that is no printable character of ASCII.
inline std::string printable(std::string text) {
  for (char& each : text) {
    if (each < ' ' || each > '~') each = '?';
  }
  return text;
}

}  // namespace larder::ctl
