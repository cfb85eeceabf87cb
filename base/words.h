// Takes a list apart whose parts stand between separators, such as "a,b,c".
//
// Threads: a pure function.
#pragma once

#include <algorithm>
#include <string_view>

namespace larder::base {

// Takes the first word off `list`: up to the first of `separators`, which goes too, or all of it.
// A separator at the end of `list` has no word behind it:
//
//     while (!list.empty()) use(base::take_word(list, ","));  // "a,,b," is "a", "" and "b"
inline std::string_view take_word(std::string_view& list, std::string_view separators) noexcept {
  const std::string_view word = list.substr(0, list.find_first_of(separators));
  list.remove_prefix(std::min(word.size() + 1, list.size()));
  return word;
}

}  // namespace larder::base
