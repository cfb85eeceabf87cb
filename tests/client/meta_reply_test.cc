#include "client/meta_reply.h"

#include <catch2/catch.hpp>

#include "tests/support/guarded_bytes.h"

namespace larder::client {
namespace {

using namespace std::string_literals;
using Code = MetaReply::Code;
using Verdict = MetaParsed::Verdict;

MetaReply whole(const std::string& text) {
  CAPTURE(text);
  MetaReply reply;
  const support::GuardedBytes input(text);
  const MetaParsed parsed = parse_reply(input.bytes(), &reply);
  REQUIRE(parsed.verdict == Verdict::Complete);
  REQUIRE(parsed.size == text.size());
  return reply;
}

Verdict verdict_of(const std::string& text) {
  MetaReply reply;
  const support::GuardedBytes input(text);
  return parse_reply(input.bytes(), &reply).verdict;
}

TEST_CASE("each reply is recognized by its code") {
  CHECK(whole("HD O1\r\n").code == Code::Done);
  CHECK(whole("EN O1\r\n").code == Code::Miss);
  CHECK(whole("NF O1\r\n").code == Code::NotFound);
  CHECK(whole("NS O1\r\n").code == Code::NotStored);
  CHECK(whole("EX O1\r\n").code == Code::Exists);
  CHECK(whole("MN\r\n").code == Code::Fence);
  CHECK(whole("VA 0 O1\r\n\r\n").code == Code::Value);
  CHECK(whole("HD\r\n").opaque == std::nullopt);
}

TEST_CASE("a value is returned with the requested flags") {
  const MetaReply reply = whole("VA 6 f4294967295 c18446744073709551615 O9 W X\r\na\r\nb\0c\r\n"s);
  CHECK(reply.value == "a\r\nb\0c"s);
  CHECK(reply.flags == 4294967295u);
  CHECK(reply.cas == 18446744073709551615u);
  CHECK(reply.opaque == 9u);
  CHECK(reply.has_won);
  CHECK(reply.is_stale);
  CHECK_FALSE(reply.is_claimed);
  CHECK(whole("VA 0 O9 Z\r\n\r\n").is_claimed);
  CHECK(whole("VA 0 kkey b t-1 s0 O9\r\n\r\n").opaque == 9u);
}

TEST_CASE("the text of an error is its line") {
  for (const std::string line :
       {"ERROR", "CLIENT_ERROR bad command line format", "SERVER_ERROR object too large for cache",
        "ERROR Too many open connections"}) {
    const MetaReply reply = whole(line + "\r\n");
    CHECK(reply.code == Code::Refused);
    CHECK(reply.value == line);
  }
}

TEST_CASE("every proper prefix of a reply asks for more, and reports how much") {
  const std::string text =
      GENERATE(as<std::string>{}, "HD O1\r\n", "VA 5 f0 O1\r\nvalue\r\n", "ERROR\r\n", "MN\r\n");
  for (size_t size = 0; size < text.size(); ++size) {
    CAPTURE(text, size);
    MetaReply reply;
    const support::GuardedBytes input(text.substr(0, size));
    const MetaParsed parsed = parse_reply(input.bytes(), &reply);
    REQUIRE(parsed.verdict == Verdict::NeedMore);
    CHECK(parsed.size > size);
    CHECK(parsed.size <= text.size());
  }
  MetaReply reply;
  CHECK(parse_reply("VA 1000 O1\r\n", &reply).size == 12 + 1000 + 2);
}

TEST_CASE("bytes after a reply are not consumed") {
  MetaReply reply;
  CHECK(parse_reply("HD O1\r\nVA", &reply).size == 7);
  CHECK(parse_reply("VA 1 O1\r\nx\r\nEN", &reply).size == 12);
}

TEST_CASE("an invalid reply is broken") {
  const std::string text = GENERATE(
      as<std::string>{}, "HELLO\r\n", "\r\n", "\n", "HD O1\n", " HD O1\r\n", "hd O1\r\n",
      "STORED\r\n", "END\r\n", "VALUE k 0 1\r\n", "VA\r\n", "VA x O1\r\n", "VA -1 O1\r\n",
      "VA 1x O1\r\n", "VA 99999999999999999999 O1\r\n", "VA 1073741825 O1\r\n", "HD  O1\r\n",
      "HD Ox\r\n", "HD O\r\n", "HD O-1\r\n", "HD O1 O1\r\n", "HD O18446744073709551616\r\n",
      "HD W1\r\n", "HD f-1\r\n", "HD f4294967296\r\n", "HD cx\r\n", "VA 1 O1\r\nxx\r\n",
      "VA 1 O1\r\nx\n\r", "HTTP/1.1 400 Bad Request\r\n", "ERRORS\r\n", "\x81garbage\r\n");
  CAPTURE(text);
  CHECK(verdict_of(text) == Verdict::Broken);
}

TEST_CASE("a line that exceeds its limit without an end is broken") {
  CHECK(verdict_of(std::string(2047, 'H')) == Verdict::NeedMore);
  CHECK(verdict_of(std::string(2048, 'H')) == Verdict::Broken);
}

}  // namespace
}  // namespace larder::client
