#include "client/reply_reader.h"

#include <catch2/catch.hpp>

namespace larder::client {
namespace {

using Code = MetaReply::Code;
using State = ReplyReader::State;

std::vector<Result<MetaReply>> taken(ReplyReader& reader) {
  return reader.take(fail(ErrorCode::Application, "the reason"));
}

TEST_CASE("replies that arrive in any pieces are matched to their requests") {
  const std::string text = "HD O5\r\nVA 3 O6\r\na\r\n\r\nSERVER_ERROR no\r\nEN O8\r\nMN\r\n";
  for (size_t piece = 1; piece <= text.size(); ++piece) {
    CAPTURE(piece);
    ReplyReader reader(5, 4);
    for (size_t at = 0; at < text.size(); at += piece) {
      REQUIRE(reader.state() == State::Reading);
      reader.feed(std::string_view(text).substr(at, piece));
    }
    REQUIRE(reader.state() == State::Complete);
    const auto replies = taken(reader);
    REQUIRE(replies.size() == 4);
    CHECK(replies[0]->code == Code::Done);
    CHECK(replies[1]->value == "a\r\n");
    CHECK(replies[2]->code == Code::Refused);
    CHECK(replies[2]->value == "SERVER_ERROR no");
    CHECK(replies[3]->code == Code::Miss);
  }
}

TEST_CASE("the reply to another request breaks the batch and is not delivered") {
  for (const std::string text :
       {"HD O4\r\n", "HD O6\r\n", "HD\r\n", "MN\r\n", "VA 1 O4\r\nx\r\n"}) {
    CAPTURE(text);
    ReplyReader reader(5, 2);
    CHECK(reader.feed(text) == State::Broken);
    for (const auto& reply : taken(reader)) {
      REQUIRE_FALSE(reply);
      CHECK(reply.error().text == "the reason");
    }
  }
}

TEST_CASE("replies before the broken one are kept") {
  ReplyReader reader(5, 3);
  CHECK(reader.feed("HD O5\r\nHD O5\r\n") == State::Broken);
  const auto replies = taken(reader);
  CHECK(replies[0].has_value());
  CHECK_FALSE(replies[1].has_value());
  CHECK_FALSE(replies[2].has_value());
}

TEST_CASE("an error line that cannot be attributed to a request is not delivered") {
  SECTION("the connection ends after it") {
    ReplyReader reader(5, 1);
    CHECK(reader.feed("ERROR Too many open connections\r\n") == State::Reading);
    const auto replies = taken(reader);
    REQUIRE_FALSE(replies[0]);
    CHECK(replies[0].error().text == "the reason, after 'ERROR Too many open connections'");
  }
  SECTION("the real reply comes after it") {
    ReplyReader reader(5, 1);
    CHECK(reader.feed("ERROR\r\nHD O5\r\nMN\r\n") == State::Broken);
    CHECK_FALSE(taken(reader)[0]);
  }
  SECTION("an error followed by the fence is delivered") {
    ReplyReader reader(5, 1);
    CHECK(reader.feed("ERROR\r\nMN\r\n") == State::Complete);
    CHECK(taken(reader)[0].has_value());
  }
}

TEST_CASE("bytes after the fence break the connection and not the replies") {
  ReplyReader reader(5, 1);
  CHECK(reader.feed("HD O5\r\nMN\r\nH") == State::Broken);
  CHECK(taken(reader)[0].has_value());
}

TEST_CASE("a batch without its fence is not complete") {
  ReplyReader reader(5, 1);
  CHECK(reader.feed("HD O5\r\n") == State::Reading);
  CHECK(reader.feed("HD O6\r\n") == State::Broken);
  CHECK(taken(reader)[0].has_value());
}

TEST_CASE("a large value in many pieces is returned whole") {
  std::string value(3 << 20, 'v');
  for (size_t i = 0; i < value.size(); i += 1000) value[i] = static_cast<char>('a' + i / 1000 % 26);
  const std::string text = "VA " + std::to_string(value.size()) + " O1\r\n" + value + "\r\nMN\r\n";
  ReplyReader reader(1, 1);
  for (size_t at = 0; at < text.size(); at += 60'000) {
    reader.feed(std::string_view(text).substr(at, 60'000));
  }
  REQUIRE(reader.state() == State::Complete);
  CHECK(taken(reader)[0]->value == value);
}

}  // namespace
}  // namespace larder::client
