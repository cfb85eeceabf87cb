// Makes text from a server safe to print on a terminal; a server may send any bytes.
//
// Threads: any.
#pragma once

#include <string>

namespace larder::ctl {

// Replaces each byte that is not a printable ASCII character by a question mark.
inline std::string printable(std::string text) {
  for (char& each : text) {
    if (each < ' ' || each > '~') each = '?';
  }
  return text;
}

}  // namespace larder::ctl
