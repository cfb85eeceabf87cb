#include "server/worker/connection.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>

namespace larder::server {
namespace {

void append(Tail& tail, std::string_view bytes) {
  const auto size = static_cast<uint32_t>(bytes.size());
  bytes.copy(tail.prepare(size), size);
  tail.grow(size);
}

TEST_CASE("a tail allocates memory only while it contains bytes") {
  Tail tail;
  CHECK(tail.bytes() == "");
  CHECK(tail.capacity() == 0);
  tail.assign("get a");
  CHECK(tail.bytes() == "get a");
  CHECK(tail.capacity() >= 5);
  tail.assign("");
  CHECK(tail.bytes() == "");
  CHECK(tail.capacity() == 0);
  tail.assign("again");
  tail.clear();
  CHECK(tail.size() == 0);
  CHECK(tail.capacity() == 0);
}

TEST_CASE("a tail may be assigned a part or the whole of itself") {
  const std::string bytes = "0123456789abcdefghij";
  for (size_t begin = 0; begin <= bytes.size(); ++begin) {
    CAPTURE(begin);
    Tail tail;
    tail.assign(bytes);
    tail.assign(tail.bytes().substr(begin));
    CHECK(tail.bytes() == bytes.substr(begin));
  }
}

TEST_CASE("a tail grows in place instead of being copied for each piece") {
  Tail tail;
  std::string expected;
  int moves = 0;
  const char* data = nullptr;
  for (int i = 0; i < 1000; ++i) {
    const std::string piece(1000, static_cast<char>('a' + i % 26));
    append(tail, piece);
    expected += piece;
    if (tail.bytes().data() != data) ++moves;
    data = tail.bytes().data();
  }
  CHECK((tail.bytes() == expected));
  CHECK(tail.capacity() <= 2 * expected.size() + 1000);
  CHECK(moves < 20);
}

TEST_CASE("a tail is not changed by prepared room that is not used") {
  Tail tail;
  tail.assign("abc");
  tail.prepare(100'000);
  CHECK(tail.bytes() == "abc");
  append(tail, "def");
  CHECK(tail.bytes() == "abcdef");
}

TEST_CASE("an idle connection costs a few hundred bytes") {
  CHECK(sizeof(Connection) <= 312);
  Connection connection({.fd = base::UniqueFd()}, nullptr);
  CHECK(connection.input.tail.capacity() == 0);
  CHECK(connection.backlog == nullptr);
  CHECK(connection.input.upload() == nullptr);
  CHECK(connection.cut_request == nullptr);
}

struct Case {
  Connection connection{{.fd = base::UniqueFd()}, nullptr};

  Case() { connection.input.dialect = ConnectionInput::Dialect::Text; }
  bool is_consistent() const { return connection.is_consistent(); }
  void add_backlog() {
    connection.backlog = std::make_unique<Backlog>();
    connection.backlog->replies.bytes().append("END\r\n");
  }
};

TEST_CASE("a connection may be idle, within its input, or have replies to send") {
  CHECK(Case().is_consistent());
  Case partial;
  partial.connection.input.tail.assign("get a");
  partial.connection.input.next = NextIsRequest{5};
  CHECK(partial.is_consistent());
  partial.add_backlog();
  CHECK(partial.is_consistent());
  partial.connection.cut_request = std::make_unique<CutRequest>();
  CHECK(partial.is_consistent());
  CHECK(partial.connection.is_owed());
  partial.connection.close_when_sent();
  CHECK(partial.is_consistent());
  CHECK_FALSE(partial.connection.is_to_be_closed_now());
  Case skipping;
  skipping.connection.input.next = NextIsSkipped{.bytes = 1};
  CHECK(skipping.is_consistent());
  skipping.add_backlog();
  CHECK(skipping.is_consistent());
}

TEST_CASE("inconsistent input states of a connection are detected") {
  Case searched;
  searched.connection.input.next = NextIsRequest{1};  // of a tail that is not there
  CHECK_FALSE(searched.is_consistent());
  Case small;
  small.connection.input.next = NextIsSmallValue{};  // without its head
  CHECK_FALSE(small.is_consistent());
  small.connection.input.tail.assign("set a 0 0 5\r\n12");
  CHECK(small.is_consistent());
  small.connection.input.has_unparsed_tail = true;
  CHECK_FALSE(small.is_consistent());
  Case large;
  large.connection.input.next = NextIsLargeValue{};
  CHECK_FALSE(large.is_consistent());
  large.connection.input.next = NextIsLargeValue{std::make_unique<Upload>()};
  CHECK(large.is_consistent());
  Case skipped;
  skipped.connection.input.next = NextIsSkipped{};
  CHECK_FALSE(skipped.is_consistent());
  Case unknown;
  unknown.connection.input.dialect = ConnectionInput::Dialect::Unknown;
  CHECK(unknown.is_consistent());
  unknown.connection.input.tail.assign("g");
  CHECK_FALSE(unknown.is_consistent());
}

TEST_CASE("inconsistent cut requests, logins and watchers are detected") {
  Case cut;
  cut.connection.cut_request = std::make_unique<CutRequest>();
  CHECK(cut.is_consistent());
  cut.connection.input.next = NextIsSkipped{.bytes = 1};
  CHECK_FALSE(cut.is_consistent());

  Case waiting;
  waiting.connection.holder = Holder::LoginService;
  CHECK_FALSE(waiting.is_consistent());
  waiting.connection.login = std::make_unique<LoginState>();
  CHECK(waiting.is_consistent());
  waiting.connection.lose();
  CHECK(waiting.is_consistent());  // it is closed after the reply
  waiting.connection.cut_request = std::make_unique<CutRequest>();
  CHECK_FALSE(waiting.is_consistent());

  Case watching;
  watching.connection.holder = Holder::Logger;
  CHECK(watching.is_consistent());
  watching.add_backlog();
  CHECK_FALSE(watching.is_consistent());
}

TEST_CASE("a connection that ends without replies to send is closed, not kept") {
  Case closing;
  closing.connection.close_when_sent();
  CHECK(closing.connection.is_to_be_closed_now());
  CHECK_FALSE(closing.is_consistent());
  Case lost;
  lost.add_backlog();
  lost.connection.lose();
  CHECK(lost.connection.is_to_be_closed_now());
  lost.connection.close_when_sent();
  CHECK(lost.connection.is_lost());  // which cannot be undone
}

}  // namespace
}  // namespace larder::server
