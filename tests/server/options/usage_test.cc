#include <catch2/catch.hpp>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "server/options/options_table.h"
#include "tests/server/options/command_lines.h"

namespace larder::server {
namespace {

TEST_CASE("the help shows the version and no unavailable feature") {
  const std::string help = help_text();
  const std::string first = help.substr(0, help.find('\n'));
  CHECK(first == "memcached 1.6.45 (Larder 0.1.0)");
  CHECK(help.find("unix-socket") != std::string::npos);
  CHECK(help.find("sasl") != std::string::npos);
  CHECK(help.find("enable-ssl") != std::string::npos);
  CHECK(help.find("   - ssl_chain_cert: ") != std::string::npos);
  // A test harness searches for these words, ignoring case, to detect features.
  std::string lower_case = help;
  for (char& c : lower_case) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const char* word : {"ext_path", "proxy_config", "no_drop_privileges"}) {
    CAPTURE(word);
    CHECK(lower_case.find(word) == std::string::npos);
  }
  CHECK(help.find("(default: 11211)") != std::string::npos);
  CHECK(help.find("in megabytes (default: 64)") != std::string::npos);
  CHECK(help.find("{}") == std::string::npos);
}

TEST_CASE("the help shows every available short and long option") {
  const std::string help = help_text();
  for (const OptionRow& row : option_rows()) {
    const bool is_built = !std::holds_alternative<NotBuilt>(row.effect);
    const std::string name =
        has_letter(row) ? std::string("-") + row.letter : std::string("--") + row.long_name;
    const bool is_shown = help.find("\n" + name) != std::string::npos;
    CAPTURE(name);
    CHECK(is_built == is_shown);
  }
}

TEST_CASE("short options, long options and keys are unique") {
  std::set<std::string> seen;
  for (const OptionRow& row : option_rows()) {
    CHECK(seen.insert(std::string(1, row.letter)).second);
    if (row.long_name != nullptr) CHECK(seen.insert(row.long_name).second);
  }
  for (const ExtendedRow& row : extended_rows()) {
    CAPTURE(row.key);
    CHECK(seen.insert(std::string("-o ").append(row.key)).second);
  }
}

TEST_CASE("the version shows memcached's first and Larder's second") {
  CHECK(version_text() == "memcached 1.6.45\nLarder 0.1.0\n");
}

TEST_CASE("the printed license is the project's LICENSE") {
  const auto root = std::filesystem::path(__FILE__).parent_path() / ".." / ".." / "..";
  std::ifstream file(root / "LICENSE");
  REQUIRE(file);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  CHECK(license_text() == text);
  CHECK(text.find("Copyright (c) 2026, the Larder authors") != std::string::npos);
}

TEST_CASE("options without effect are grouped by reason") {
  const auto lines = options_without_effect(
      accepted("-o hot_lru_pct=10 -o slab_automove_window=3 -m 65 -o warm_lru_pct=10,modern"));
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].find("larder: no effect: -o hot_lru_pct, -o warm_lru_pct (") == 0);
  CHECK(lines[1].find("larder: no effect: -o slab_automove_window (") == 0);
}

TEST_CASE("options with an effect are not reported") {
  CHECK(options_without_effect(accepted("")).empty());
  CHECK(options_without_effect(
            accepted("-vv -m 65 -o no_maxconns_fast,track_sizes -R 3 -f 1.1 -n 60"))
            .empty());
  CHECK(
      options_without_effect(accepted("-o lru_crawler,no_slab_reassign,slab_automove=2")).empty());
  CHECK(options_without_effect(accepted("-o lru_maintainer -o no_lru_maintainer,lru_maintainer"))
            .size() == 1);
}

}  // namespace
}  // namespace larder::server
