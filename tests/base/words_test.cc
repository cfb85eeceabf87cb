#include "base/words.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace larder::base {
namespace {

std::vector<std::string> words_of(std::string_view list, std::string_view separators = ",") {
  std::vector<std::string> words;
  while (!list.empty()) words.emplace_back(take_word(list, separators));
  return words;
}

using Words = std::vector<std::string>;

TEST_CASE("a list is split at its separators") {
  CHECK(words_of("a,b,c") == Words{"a", "b", "c"});
  CHECK(words_of("alone") == Words{"alone"});
  CHECK(words_of("a;b,c", ",;") == Words{"a", "b", "c"});
  CHECK(words_of("a;b,c") == Words{"a;b", "c"});
}

TEST_CASE("words may be empty, except the one after the last separator") {
  CHECK(words_of("").empty());
  CHECK(words_of(",") == Words{""});
  CHECK(words_of("a,,b,") == Words{"a", "", "b"});
  CHECK(words_of(",a") == Words{"", "a"});
}

TEST_CASE("the rest of a list begins after the separator") {
  std::string_view list = "first=1,second=2,";
  CHECK(take_word(list, ",") == "first=1");
  CHECK(list == "second=2,");
  CHECK(take_word(list, ",") == "second=2");
  CHECK(list.empty());
}

}  // namespace
}  // namespace larder::base
