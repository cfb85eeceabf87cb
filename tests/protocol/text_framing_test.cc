// Lines: their ends, their maximum length, and incomplete lines.
#include <catch2/catch.hpp>

#include "tests/protocol/text_cases.h"

using namespace larder::protocol;
using namespace std::string_literals;

namespace {

// One valid line of every form.
const char* const kGoodLines[] = {
    "get a\r\n",
    "get a\n",
    "gets a b cc\r\n",
    "get a-rather-long-key-that-takes-several-words another-long-key\r\n",
    "gat 10 a\r\n",
    "gats -1 a b\r\n",
    "set a 0 0 5\r\n",
    "set a-longer-key-than-eight-bytes 1 2 3 noreply\r\n",
    "add a 0 0 5\n",
    "replace a 0 0 5\r\n",
    "append a 0 0 5\r\n",
    "prepend a 0 0 5 noreply\r\n",
    "cas a 0 0 5 18446744073709551615\r\n",
    "incr a 1 noreply\r\n",
    "decr a 1\r\n",
    "touch a 10\r\n",
    "delete a\r\n",
    "flush_all 10 noreply\r\n",
    "version\r\n",
    "verbosity 1\r\n",
    "quit\r\n",
    "shutdown graceful\r\n",
    "cache_memlimit 64\r\n",
    "stats\r\n",
    "stats cachedump 1 0\r\n",
};

}  // namespace

TEST_CASE("every proper prefix of a request asks for more") {
  for (const std::string line : kGoodLines) {
    for (size_t size = 0; size < line.size(); ++size) {
      CAPTURE(line, size);
      REQUIRE(TextCase(line.substr(0, size)).is(Verdict::NeedMore));
    }
    CAPTURE(line);
    const TextCase whole(line);
    REQUIRE(whole.is(Verdict::Complete));
    REQUIRE(whole.parsed.consumed == line.size());
  }
}

TEST_CASE("bytes after a line belong to the next request") {
  for (const std::string line : kGoodLines) {
    CAPTURE(line);
    const TextCase parsed(line + "get b\r\n");
    REQUIRE(parsed.is(Verdict::Complete));
    REQUIRE(parsed.parsed.consumed == line.size());
  }
}

TEST_CASE("bytes that were searched for a line end are not searched again") {
  for (const std::string line : kGoodLines) {
    const size_t size_max = line.find('\n');
    for (size_t searched = 0; searched <= size_max; ++searched) {
      CAPTURE(line, searched);
      Request request;
      const Parsed parsed = parse_text(line, searched, &request);
      REQUIRE(parsed.verdict == Verdict::Complete);
      REQUIRE(parsed.consumed == line.size());
    }
  }
}

TEST_CASE("bytes before the given offset are not searched") {
  Request request;
  CHECK(parse_text("get a\r\n", 7, &request).verdict == Verdict::NeedMore);
}

TEST_CASE("a command line may end without a carriage return") {
  CHECK(TextCase("get a\n").keys() == std::vector<std::string>{"a"});
  CHECK(TextCase("set a 1 2 3\n").get<Write>().value_size == 3);
  CHECK(TextCase("version\n").holds<Version>());
}

TEST_CASE("only the last carriage return belongs to the line end") {
  CHECK(TextCase("get a\r\r\n").keys() == std::vector<std::string>{"a\r"});
  CHECK(TextCase("get a\rb\r\n").keys() == std::vector<std::string>{"a\rb"});
}

TEST_CASE("a key may contain any byte except a space and a newline") {
  CHECK(TextCase("get a\tb\r\n").keys() == std::vector<std::string>{"a\tb"});
  CHECK(TextCase("get a\0b\r\n"s).keys() == std::vector<std::string>{"a\0b"s});
  CHECK(TextCase("get \x80\xff\x01\r\n").keys() == std::vector<std::string>{"\x80\xff\x01"});
  CHECK(TextCase("set a\tb\0c 0 0 1\r\n"s).get<Write>().key == "a\tb\0c"s);
}

TEST_CASE("a line of less than four bytes is not a command") {
  for (const char* line : {"\n", "\r\n", "a\n", "a\r\n", "mn\n", " \n", " \r\n", "get\n"}) {
    CAPTURE(line);
    CHECK(TextCase(line).complains(Complaint::BadLineFormat));
  }
}

TEST_CASE("a line of four bytes can be a command") {
  CHECK(TextCase("aa\r\n").complains(Complaint::UnknownCommand));
  CHECK(TextCase("  \r\n").complains(Complaint::UnknownCommand));
}

TEST_CASE("a line that exceeds the maximum length without an end closes the connection silently") {
  for (const std::string begin : {"set ", "gat 0 ", "gats 0 ", "mg ", "getx", "gets", "x", "get"}) {
    const auto filled = [&](size_t size) { return begin + std::string(size - begin.size(), 'x'); };
    CAPTURE(begin);
    CHECK(TextCase(filled(kLineSizeMax)).is(Verdict::NeedMore));
    const TextCase over(filled(kLineSizeMax + 1));
    CHECK(over.is(Verdict::Fatal));
    CHECK(over.parsed.complaint == Complaint::None);
  }
}

TEST_CASE("get and gets may have long lines") {
  CHECK(TextCase("get " + std::string(100'000, 'x')).is(Verdict::NeedMore));
  CHECK(TextCase("gets " + std::string(100'000, 'x')).is(Verdict::NeedMore));
}

TEST_CASE("a long get may begin with a limited number of spaces") {
  const std::string get = "get " + std::string(kLineSizeMax, 'x');
  CHECK(TextCase(std::string(kLeadingSpacesMax, ' ') + get).is(Verdict::NeedMore));
  CHECK(TextCase(std::string(kLeadingSpacesMax + 1, ' ') + get).is(Verdict::Fatal));
  CHECK(TextCase(std::string(kLineSizeMax + 1, ' ')).is(Verdict::Fatal));
}

TEST_CASE("a long line with an end is accepted whatever its command") {
  std::string line = "gat 0";
  for (int i = 0; i < 1000; ++i) line += " key" + std::to_string(i);
  line += "\r\n";
  REQUIRE(line.size() > kLineSizeMax);
  const TextCase parsed(line);
  REQUIRE(parsed.holds<Get>());
  CHECK(parsed.keys().size() == 1000);
}

TEST_CASE("a get without a line end is refused at its own limit") {
  std::string line = "get ";
  line.resize(kGetLineSizeMax - 1, 'x');
  Request request;
  CHECK(parse_text(line, line.size(), &request).verdict == Verdict::NeedMore);
  line += 'x';
  const Parsed parsed = parse_text(line, line.size(), &request);
  CHECK(parsed.verdict == Verdict::Fatal);
  CHECK(parsed.complaint == Complaint::LineTooLong);
}

TEST_CASE("a get over its own limit is refused even with a line end") {
  std::string line = "get ";
  while (line.size() < kGetLineSizeMax) line += "kkkkkkkkkkkkkkk ";
  line.resize(kGetLineSizeMax - 1);
  line += '\n';
  Request request;
  CHECK(parse_text(line, 0, &request).verdict == Verdict::Complete);
  line.back() = ' ';
  line += '\n';
  const Parsed parsed = parse_text(line, 0, &request);
  CHECK(parsed.verdict == Verdict::Fatal);
  CHECK(parsed.complaint == Complaint::LineTooLong);
}

TEST_CASE("a request of a web browser gets no reply") {
  for (const char* line :
       {"GET / HTTP/1.0\r\n", "POST /x HTTP/1.1\r\n", "x HTTP/\r\n", " GET / HTTP/1.1\r\n"}) {
    CAPTURE(line);
    const TextCase parsed(line);
    CHECK(parsed.is(Verdict::Fatal));
    CHECK(parsed.parsed.complaint == Complaint::None);
  }
  CHECK(TextCase("HTTP/1.1\r\n").complains(Complaint::UnknownCommand));
  CHECK(TextCase("GET HTTP/1.1 x\r\n").complains(Complaint::UnknownCommand));
  CHECK(TextCase("get / HTTP/1.0\r\n").holds<Get>());
}

TEST_CASE("an unknown command is an error") {
  for (const char* line : {"bogus\r\n", "GET a\r\n", "Set a 0 0 1\r\n", "getx a\r\n", "getsx a\r\n",
                           "gatsx 0 a\r\n", "incrx a 1\r\n", "deletex a\r\n", "versionx\r\n",
                           "quitx\r\n", "replac a 0 0 1\r\n", "get\ta\r\n", "touc a 1\r\n"}) {
    CAPTURE(line);
    CHECK(TextCase(line).complains(Complaint::UnknownCommand));
  }
}

TEST_CASE("commands that this version lacks are unknown") {
  for (const char* line : {"extstore x 1\r\n", "misbehave\r\n", "debugitem lock x\r\n"}) {
    CAPTURE(line);
    CHECK(TextCase(line).complains(Complaint::UnknownCommand));
  }
}

TEST_CASE("an unknown command that ends with noreply is refused silently") {
  CHECK(TextCase("bogus noreply\r\n").complains_silently(Complaint::UnknownCommand));
  CHECK(TextCase("noreply\r\n").complains_silently(Complaint::UnknownCommand));
  CHECK(TextCase("bogus noreply x\r\n").complains(Complaint::UnknownCommand));
}

TEST_CASE("commands with keys are unknown after leading spaces") {
  for (const char* line : {" get a\r\n", " set a 0 0 1\r\n", " delete a\r\n", " version\r\n",
                           " quit\r\n", " stats\r\n"}) {
    CAPTURE(line);
    CHECK(TextCase(line).complains(Complaint::UnknownCommand));
  }
}

TEST_CASE("administrative commands are accepted after leading spaces") {
  CHECK(TextCase(" flush_all\r\n").holds<FlushAll>());
  CHECK(TextCase("   verbosity 1\r\n").holds<Verbosity>());
  CHECK(TextCase(" cache_memlimit 64\r\n").holds<MemoryLimit>());
  CHECK(TextCase(" shutdown\r\n").holds<Shutdown>());
}

TEST_CASE("a known command with too few words has an invalid format") {
  for (const char* line : {"get\r\n",       "get \r\n",          "gets\r\n",   "gets   \r\n",
                           "gat\r\n",       "gat 0\r\n",         "gat 0 \r\n", "gats\r\n",
                           "gats 0\r\n",    "set\r\n",           "set a\r\n",  "set a 0\r\n",
                           "set a 0 0\r\n", "set a 0 0 \r\n",    "add\r\n",    "add a 0 0\r\n",
                           "replace\r\n",   "replace a 0 0\r\n", "append\r\n", "append a 0 0\r\n",
                           "prepend\r\n",   "prepend a 0 0\r\n", "cas\r\n",    "cas a 0 0\r\n",
                           "incr\r\n",      "incr a\r\n",        "decr\r\n",   "decr a\r\n",
                           "touch\r\n",     "touch a\r\n",       "delete\r\n", "delete \r\n",
                           "verbosity\r\n"}) {
    CAPTURE(line);
    CHECK(TextCase(line).complains(Complaint::BadLineFormat));
  }
}

TEST_CASE("a line with too few words is answered even if it ends with noreply") {
  for (const char* line : {"set a 0 noreply\r\n", "incr noreply\r\n", "touch noreply\r\n"}) {
    CAPTURE(line);
    CHECK(TextCase(line).complains(Complaint::BadLineFormat));
  }
}
