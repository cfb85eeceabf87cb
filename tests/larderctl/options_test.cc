#include "larderctl/options.h"

#include <catch2/catch.hpp>

namespace larder::ctl {
namespace {

constexpr OptionRow kRows[] = {
    {"name", "TEXT", "a name;\nof two lines"},
    {"number", "N", "a number"},
    {"help", "", "this text"},
};

std::string reason(const Words& words) {
  const auto given = read_options(kRows, words);
  return given ? "" : given.error().text;
}

TEST_CASE("options are returned in the order of the command line") {
  const auto given = read_options(kRows, {"--number", "7", "--name=a b", "--help", "--number", ""});
  REQUIRE(given);
  REQUIRE(given->size() == 4);
  CHECK((*given)[0].name == "number");
  CHECK((*given)[0].value == "7");
  CHECK((*given)[1].value == "a b");
  CHECK((*given)[2].name == "help");
  CHECK((*given)[3].value.empty());
  CHECK(read_options(kRows, {})->empty());
}

TEST_CASE("arguments that are not options are operands of a command that has some") {
  Words operands;
  const auto given = read_options(kRows, {"from", "--number", "7", "to", "--help"}, &operands);
  REQUIRE(given);
  CHECK(given->size() == 2);
  CHECK(operands == Words{"from", "to"});
  REQUIRE(read_options(kRows, {"--help"}, &operands));
  CHECK(operands.empty());
  CHECK_FALSE(read_options(kRows, {"from", "--nonsense"}, &operands));
}

TEST_CASE("an unknown option is refused by its name") {
  CHECK(reason({"--nonsense"}) == "unknown option --nonsense");
  CHECK(reason({"--help", "--nonsense=1"}) == "unknown option --nonsense=1");
  CHECK(reason({"-x"}) == "unknown option -x");
  CHECK(reason({"--help", "-xy"}) == "unknown option -x");
  CHECK(reason({"--n", "1"}) == "unknown option --n");
  CHECK(reason({"--help=yes"}) == "unknown option --help=yes");
  CHECK(reason({"--name"}) == "--name needs a value");
  CHECK(reason({"stray"}) == "unexpected argument stray");
  CHECK(reason({"--help", "stray", "--number", "1"}) == "unexpected argument stray");
}

TEST_CASE("numbers are integers within their limits") {
  CHECK(*read_number({"number", "10"}, 1, 10) == 10);
  for (const std::string text : {"0", "11", "-1", "+1", "1x", " 1", "", "99999999999999999999"}) {
    CAPTURE(text);
    const auto number = read_number({"number", text}, 1, 10);
    REQUIRE_FALSE(number);
    CHECK(number.error().text == "--number needs a number from 1 to 10, not '" + text + "'");
  }
}

TEST_CASE("the help has a line for each row of the table") {
  CHECK(options_help(kRows) ==
        "  --name TEXT         a name;\n"
        "                      of two lines\n"
        "  --number N          a number\n"
        "  --help              this text\n");
}

}  // namespace
}  // namespace larder::ctl
