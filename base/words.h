// Splits a list at separators, such as "a,b,c".
//
// Threads: a pure function.
#pragma once

#include <algorithm>
#include <string_view>

namespace larder::base {

// Removes the first word from `list` and returns it: everything up to the first of `separators`,
// which is removed too, or all of `list`.  No empty word follows a separator at the end of `list`:
//
//     while (!list.empty()) use(base::take_word(list, ","));  // "a,,b," is "a", "" and "b"
inline std::string_view take_word(std::string_view& list, std::string_view separators) noexcept {
  const std::string_view word = list.substr(0, list.find_first_of(separators));
  list.remove_prefix(std::min(word.size() + 1, list.size()));
  return word;
}

}  // namespace larder::base
