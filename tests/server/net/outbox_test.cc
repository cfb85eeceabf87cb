#include "server/net/outbox.h"

#include <sys/socket.h>

#include <catch2/catch.hpp>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tests/support/sockets.h"
#include "tests/support/store_user.h"

namespace larder::server {
namespace {

// Owned and borrowed runs, and the bytes they contain.
struct Filled {
  Outbox outbox{0};
  std::vector<std::string> lent;  // owner of borrowed bytes
  std::string bytes;

  void own(std::string_view text) {
    outbox.bytes().append(text);
    bytes += text;
  }
  void borrow(std::string_view text) {
    lent.push_back(std::string(text));
    outbox.bytes().append_borrowed(lent.back());
    bytes += text;
  }
};

// With reserved room for the borrowed strings: short strings are stored inline and would move.
std::unique_ptr<Filled> mixed() {
  auto filled = std::make_unique<Filled>();
  filled->lent.reserve(100);
  return filled;
}

// All bytes between the marks, as received through a socket.
std::string sent_between(const Outbox& outbox, const OutboxMark& begin, const OutboxMark& end,
                         size_t skip) {
  const support::SocketPair pair = support::socket_pair();
  const Sent sent = send_between(pair.ours.get(), outbox, begin, end, skip);
  std::string bytes(1 << 20, '\0');
  const ssize_t size = ::read(pair.theirs.get(), bytes.data(), bytes.size());
  bytes.resize(size < 0 ? 0 : static_cast<size_t>(size));
  CHECK(sent.outcome == SendOutcome::All);
  CHECK(sent.size == bytes.size());
  return bytes;
}

TEST_CASE("an outbox is empty before the first append and after clear") {
  auto filled = mixed();
  CHECK(filled->outbox.is_empty());
  CHECK(filled->outbox.mark() == OutboxMark{});
  filled->borrow("abc");
  CHECK_FALSE(filled->outbox.is_empty());
  filled->outbox.clear();
  CHECK(filled->outbox.is_empty());
  CHECK(filled->outbox.mark() == OutboxMark{});
}

TEST_CASE("marks distinguish borrowed runs at the same position") {
  auto filled = mixed();
  filled->own("one");
  const OutboxMark a = filled->outbox.mark();
  filled->borrow("two");
  const OutboxMark b = filled->outbox.mark();
  filled->borrow("three");
  filled->own("four");
  const OutboxMark c = filled->outbox.mark();
  CHECK_FALSE(a == b);
  CHECK(sent_between(filled->outbox, {}, a, 0) == "one");
  CHECK(sent_between(filled->outbox, a, b, 0) == "two");
  CHECK(sent_between(filled->outbox, b, c, 0) == "threefour");
  CHECK(sent_between(filled->outbox, a, a, 0) == "");
  CHECK(sent_between(filled->outbox, {}, c, 0) == filled->bytes);
}

TEST_CASE("bytes that are taken over stay the same whatever was skipped") {
  auto filled = mixed();
  filled->own("before");
  const OutboxMark begin = filled->outbox.mark();
  const size_t begin_size = filled->bytes.size();
  filled->borrow("B1");
  filled->own("own1");
  filled->borrow("B2");
  filled->borrow("B3");
  filled->own("o");
  filled->borrow("");
  filled->own("own2");
  filled->borrow("B4");
  const OutboxMark end = filled->outbox.mark();
  const std::string part = filled->bytes.substr(begin_size);
  filled->own("after");
  filled->borrow("behind");

  for (size_t skip = 0; skip <= part.size(); ++skip) {
    CAPTURE(skip);
    CHECK(sent_between(filled->outbox, begin, end, skip) == part.substr(skip));
    Outbox taken(0);
    taken.take_over(filled->outbox, begin, end, skip);
    CHECK(taken.bytes().size() == part.size() - skip);
    for (size_t rest = 0; rest <= taken.bytes().size(); ++rest) {
      CHECK(sent_between(taken, {}, taken.mark(), rest) == part.substr(skip + rest));
    }
  }
}

TEST_CASE("owned bytes are copied and borrowed ones are not") {
  auto filled = mixed();
  filled->own("own");
  filled->borrow("lent");
  Outbox taken(0);
  taken.take_over(filled->outbox, {}, filled->outbox.mark(), 1);
  REQUIRE(taken.bytes().borrowed().size() == 1);
  CHECK(taken.bytes().borrowed()[0].data == filled->lent[0].data());
  filled->outbox.clear();
  filled->own("XXXXXXXX");
  CHECK(sent_between(taken, {}, taken.mark(), 0) == "wnlent");
}

TEST_CASE("pins are released with the bytes they protect") {
  slab::Options options;
  options.memory_bytes_max = size_t{16} << 20;
  slab::Store store(options);
  support::StoreUser user(store);
  const std::string first = support::pattern(1, 20'000);
  const std::string second = support::pattern(2, 20'000);
  user.set("first", first);
  user.set("second", second);

  Outbox outbox(0);
  const auto lend = [&](std::string_view name) {
    slab::ItemPin pin = user.pin(name);
    pin.for_each_run([&](std::string_view run) { outbox.bytes().append_borrowed(run); });
    outbox.keep(std::move(pin));
  };
  lend("first");
  const OutboxMark middle = outbox.mark();
  lend("second");
  {
    Outbox taken(0);
    taken.take_over(outbox, middle, outbox.mark(), 100);
    outbox.clear();
    user.remove("first");
    user.remove("second");
    for (int i = 0; i < 20; ++i) user.set("other" + std::to_string(i), support::pattern(3, 20'000));
    CHECK(sent_between(taken, {}, taken.mark(), 0) == second.substr(100));
  }
  store.verify();
}

TEST_CASE("a socket that accepts few bytes at a time gets everything in the end") {
  const auto seed = GENERATE(take(5, random(0u, ~0u)));
  const size_t run_count = GENERATE(size_t{1}, size_t{63}, size_t{64}, size_t{65}, size_t{300});
  CAPTURE(seed, run_count);
  std::mt19937 random(seed);
  auto filled = std::make_unique<Filled>();
  filled->lent.reserve(run_count);
  for (size_t i = 0; i < run_count; ++i) {
    const std::string run = support::pattern(random(), random() % 3000);
    random() % 3 == 0 ? filled->own(run) : filled->borrow(run);
  }
  const OutboxMark end = filled->outbox.mark();
  const support::SocketPair pair = support::socket_pair();
  const int small = 4096;
  ::setsockopt(pair.ours.get(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small);

  std::string came;
  size_t sent_size = 0;
  for (bool is_all = false; !is_all;) {
    const Sent sent = send_between(pair.ours.get(), filled->outbox, {}, end, sent_size);
    REQUIRE(sent.outcome != SendOutcome::Failed);
    is_all = sent.outcome == SendOutcome::All;
    sent_size += sent.size;
    char bytes[5000];
    const ssize_t size = ::read(pair.theirs.get(), bytes, 1 + random() % sizeof bytes);
    if (size > 0) came.append(bytes, static_cast<size_t>(size));
    REQUIRE((is_all || size > 0));  // otherwise nothing would be sent any more
  }
  CHECK(sent_size == filled->bytes.size());
  for (char bytes[5000];;) {
    const ssize_t size = ::read(pair.theirs.get(), bytes, sizeof bytes);
    if (size <= 0) break;
    came.append(bytes, static_cast<size_t>(size));
  }
  CHECK((came == filled->bytes));
}

TEST_CASE("a disconnected client is an error and no signal") {
  const bool is_borrowed = GENERATE(false, true);
  auto filled = mixed();
  filled->own("own");
  if (is_borrowed) filled->borrow("lent");
  support::SocketPair pair = support::socket_pair();
  pair.theirs.reset();
  const Sent sent = send_between(pair.ours.get(), filled->outbox, {}, filled->outbox.mark(), 0);
  CHECK(sent.outcome == SendOutcome::Failed);
  CHECK(sent.size == 0);
}

}  // namespace
}  // namespace larder::server
