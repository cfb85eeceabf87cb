#include <catch2/catch.hpp>

#include "tests/protocol/text_cases.h"

namespace larder::protocol {
namespace {

TEST_CASE("config get names a configuration, with either line end") {
  for (const char* line :
       {"config get cluster\r\n", "config get cluster \r\n", "config get cluster\n",
        "config get cluster \n", "config  get  cluster  \r\n"}) {
    CAPTURE(line);
    CHECK(TextCase(line).get<ConfigGet>().name == "cluster");
  }
  CHECK(TextCase("config get noreply\r\n").get<ConfigGet>().name == "noreply");
  CHECK(TextCase("config get " + key_of_size(250) + "\r\n").holds<ConfigGet>());
}

TEST_CASE("config get without a name requests all configurations") {
  CHECK(TextCase("config get \r\n").get<ConfigGet>().name.empty());
  CHECK(TextCase("config get\r\n").get<ConfigGet>().name.empty());
}

TEST_CASE("config set is a header without an exptime") {
  const TextCase set("config set cluster 7 136\r\n");
  CHECK(set.get<ConfigSet>().name == "cluster");
  CHECK(set.get<ConfigSet>().flags == 7);
  CHECK(set.get<ConfigSet>().value_size == 136);
  CHECK(!set.request.style.silent);
  CHECK(announced_size(set.request.command) == 136u);
  CHECK(TextCase("config set k 0 0 noreply\r\n").request.style.silent);
  CHECK(TextCase("config set k 0 2147483645\r\n").holds<ConfigSet>());
}

TEST_CASE("an invalid config set with a valid size skips its value") {
  for (const std::string& head :
       {"config set " + key_of_size(251) + " 0 5", std::string("config set k x 5"),
        std::string("config set k -1 5"), std::string("config set k 18446744073709551616 5")}) {
    CAPTURE(head);
    const TextCase loud(head + "\r\n");
    CHECK(loud.is(Verdict::Malformed));
    CHECK(loud.parsed.complaint == Complaint::BadLineFormat);
    CHECK(!loud.parsed.silent);
    CHECK(loud.parsed.value_bytes_to_skip == 7);
    const TextCase silent(head + " noreply\r\n");
    CHECK(silent.parsed.silent);
    CHECK(silent.parsed.value_bytes_to_skip == 7);
  }
  for (const char* line :
       {"config set\r\n", "config set k\r\n", "config set k 0\r\n", "config set k 0 x\r\n",
        "config set k 0 -1\r\n", "config set k 0 2147483646\r\n"}) {
    CAPTURE(line);
    CHECK(TextCase(line).complains(Complaint::BadLineFormat));
  }
}

TEST_CASE("config delete accepts a name and an optional noreply") {
  const TextCase one("config delete cluster\r\n");
  CHECK(one.get<ConfigDelete>().name == "cluster");
  CHECK(!one.request.style.silent);
  CHECK(TextCase("config delete k noreply\r\n").request.style.silent);
  CHECK(TextCase("config delete noreply\r\n").get<ConfigDelete>().name == "noreply");
  CHECK(!TextCase("config delete noreply\r\n").request.style.silent);
  CHECK(TextCase("config delete\r\n").complains(Complaint::BadLineFormat));
  CHECK(TextCase("config delete a b\r\n").complains(Complaint::BadLineFormat));
  CHECK(TextCase("config delete " + key_of_size(251) + "\r\n").complains(Complaint::BadLineFormat));
  CHECK(TextCase("config delete a b noreply\r\n").complains_silently(Complaint::BadLineFormat));
}

TEST_CASE("config get refuses an invalid name") {
  CHECK(TextCase("config get a b\r\n").complains(Complaint::BadLineFormat));
  CHECK(TextCase("config get " + key_of_size(251) + "\r\n").complains(Complaint::BadLineFormat));
}

TEST_CASE("config has three subcommands, which cannot be abbreviated") {
  for (const char* line : {"config\r\n", "config \r\n", "config ge cluster\r\n",
                           "config GET cluster\r\n", "config incr n 1\r\n", "configs get k\r\n"}) {
    CAPTURE(line);
    CHECK(TextCase(line).complains(Complaint::UnknownCommand));
  }
  CHECK(TextCase("config x noreply\r\n").complains_silently(Complaint::UnknownCommand));
}

}  // namespace
}  // namespace larder::protocol
