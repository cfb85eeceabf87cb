#include "server/log/watch_line.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <limits>
#include <string>

#include "server/net/peer_address.h"

namespace larder::server {
namespace {

std::string line_of(WatchRecord record, std::string_view text = "") {
  record.gid = 5;
  record.time_us = 1'700'000'000'000'042;
  std::string line(kLogLineSizeMax, '\0');
  line.resize(format_watch_line(record, text, line.data()));
  const std::string head = "ts=1700000000.42 gid=5 type=";
  REQUIRE(line.starts_with(head));
  REQUIRE(line.ends_with("\n"));
  return line.substr(head.size(), line.size() - head.size() - 1);
}

std::string line_of_event(WatchRecord record, const PeerAddress& peer) {
  return line_of(record, {reinterpret_cast<const char*>(&peer), sizeof peer});
}

TEST_CASE("an item get reports its result") {
  const WatchRecord hit{.value_size = 12,
                        .descriptor = 34,
                        .kind = WatchKind::ItemGet,
                        .read = slab::ReadOutcome::Hit,
                        .class_id = 5};
  CHECK(line_of(hit, "foo") == "item_get key=foo status=found clsid=5 cfd=34 size=12");
  const auto status_of = [](slab::ReadOutcome outcome) {
    const std::string line = line_of({.kind = WatchKind::ItemGet, .read = outcome}, "k");
    return line.substr(0, line.find(" clsid=0 cfd=-1 size=0"));
  };
  CHECK(status_of(slab::ReadOutcome::Missing) == "item_get key=k status=not_found");
  CHECK(status_of(slab::ReadOutcome::Expired) == "item_get key=k status=expired");
  CHECK(status_of(slab::ReadOutcome::Flushed) == "item_get key=k status=flushed");
}

TEST_CASE("a TLS error is reported with its original text") {
  CHECK(line_of({.descriptor = 7, .kind = WatchKind::TlsFailure}, "error:0A00009C:http request") ==
        "conntlserr fd=7 msg=error:0A00009C:http request");
}

TEST_CASE("a raw command is shown on one line, and cannot imitate another one") {
  const auto shown = [](std::string_view line) {
    std::string bytes(kLogLineSizeMax, '\0');
    const WatchRecord record{.gid = 5,
                             .time_us = 1'700'000'000'000'042,
                             .descriptor = 31,
                             .kind = WatchKind::RawCommand};
    bytes.resize(format_watch_line(record, line, bytes.data()));
    return bytes;
  };
  const std::string head = "ts=1700000000.42 gid=5 <31 ";
  CHECK(shown("mg foo v t O1") == head + "mg foo v t O1\n");
  CHECK(shown("") == head + "\n");
  CHECK(shown("get a\rb\n%\x7f\x80") == head + "get a%0Db%0A%25%7F%80\n");
  CHECK(shown(std::string(kLogTextSizeMax, '\xff')).size() < kLogLineSizeMax);
}

TEST_CASE("a store reports its result") {
  const WatchRecord record{.ttl = 100,
                           .value_size = 8,
                           .descriptor = 9,
                           .kind = WatchKind::ItemStore,
                           .stored = StoreStatus::Stored,
                           .mode = slab::WriteMode::Append,
                           .class_id = 2};
  CHECK(line_of(record, "foo") ==
        "item_store key=foo status=stored cmd=append ttl=100 clsid=2 cfd=9 size=8");
  const auto words_of = [](StoreStatus status, slab::WriteMode mode, int64_t ttl) {
    const std::string line =
        line_of({.ttl = ttl, .kind = WatchKind::ItemStore, .stored = status, .mode = mode}, "k");
    return line.substr(17, line.find(" clsid") - 17);
  };
  CHECK(words_of(StoreStatus::NotStored, slab::WriteMode::Add, 0) ==
        "status=not_stored cmd=add ttl=0");
  CHECK(words_of(StoreStatus::Exists, slab::WriteMode::Cas, 0) == "status=exists cmd=cas ttl=0");
  CHECK(words_of(StoreStatus::NotFound, slab::WriteMode::Replace, 0) ==
        "status=not_found cmd=replace ttl=0");
  CHECK(words_of(StoreStatus::TooLarge, slab::WriteMode::Prepend, 0) ==
        "status=too_large cmd=prepend ttl=0");
  CHECK(words_of(StoreStatus::NoMemory, slab::WriteMode::Set, -1) ==
        "status=no_memory cmd=set ttl=4294967295");
}

TEST_CASE("deletions, evictions and moved pages have their own lines") {
  CHECK(line_of({.value_size = 4, .kind = WatchKind::Deletion, .class_id = 1}, "k") ==
        "deleted key=k cmd=delete clsid=1 size=4");
  CHECK(line_of({.kind = WatchKind::Deletion, .class_id = 1, .is_meta = true}, "k") ==
        "deleted key=k cmd=md clsid=1 size=0");
  CHECK(line_of({.ttl = -1,
                 .value_size = 100,
                 .idle_seconds = 7,
                 .kind = WatchKind::Eviction,
                 .class_id = 3},
                "k") == "eviction key=k fetch=no ttl=-1 la=7 clsid=3 size=100");
  CHECK(line_of({.ttl = 60, .kind = WatchKind::Eviction, .was_fetched = true}, "k") ==
        "eviction key=k fetch=yes ttl=60 la=0 clsid=0 size=0");
  CHECK(line_of({.kind = WatchKind::PageMove, .class_id = 3, .to_class_id = 17, .is_done = true}) ==
        "slab_move src=3 dst=17 state=ok");
  CHECK(line_of({.kind = WatchKind::PageMove, .class_id = 3, .to_class_id = 17}) ==
        "slab_move src=3 dst=17 state=fail");
}

TEST_CASE("lines of connections show the address, and the reason of a close") {
  const PeerAddress local;
  CHECK(line_of_event({.descriptor = 20, .kind = WatchKind::ConnectionNew}, local) ==
        "conn_new rip=unix rport=0 transport=local cfd=20");

  sockaddr_storage storage{};
  sockaddr_in inet{.sin_family = AF_INET, .sin_port = htons(54321), .sin_addr = {}, .sin_zero = {}};
  REQUIRE(::inet_pton(AF_INET, "10.1.2.3", &inet.sin_addr) == 1);
  std::memcpy(&storage, &inet, sizeof inet);
  CHECK(line_of_event({.descriptor = 20, .kind = WatchKind::ConnectionNew},
                      peer_address_of(storage)) ==
        "conn_new rip=10.1.2.3 rport=54321 transport=tcp cfd=20");

  sockaddr_in6 inet6{};
  inet6.sin6_family = AF_INET6;
  inet6.sin6_port = htons(80);
  inet6.sin6_addr = IN6ADDR_LOOPBACK_INIT;
  std::memcpy(&storage, &inet6, sizeof inet6);
  const auto reason_of = [&](CloseReason reason) {
    return line_of_event({.descriptor = 1, .kind = WatchKind::ConnectionClose, .reason = reason},
                         peer_address_of(storage));
  };
  const std::string head = "conn_close rip=::1 rport=80 transport=tcp reason=";
  CHECK(reason_of(CloseReason::Error) == head + "error cfd=1");
  CHECK(reason_of(CloseReason::Normal) == head + "normal cfd=1");
  CHECK(reason_of(CloseReason::IdleTimeout) == head + "idle_timeout cfd=1");
  CHECK(reason_of(CloseReason::Shutdown) == head + "shutdown cfd=1");
}

TEST_CASE("in a key only letters, digits and four other characters are not encoded") {
  std::string all;
  for (int c = 1; c < 256; ++c) all += static_cast<char>(c);
  std::string as_they_are;
  std::string encoded;
  for (const char c : all) {
    const std::string line = line_of({.kind = WatchKind::ItemGet}, std::string_view(&c, 1));
    const std::string key = line.substr(13, line.find(" status") - 13);
    (key.size() == 1 ? as_they_are : encoded) += key;
  }
  CHECK(as_they_are == "-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~");
  CHECK(encoded.starts_with("%01%02%03"));
  CHECK(encoded.find("%2C%2F%3A") != std::string::npos);
  CHECK(encoded.ends_with("%FD%FE%FF"));
}

TEST_CASE("the longest watch line fits into its buffer") {
  constexpr auto kMost = std::numeric_limits<int64_t>::max();
  constexpr auto kMost32 = std::numeric_limits<uint32_t>::max();
  const std::string key(kLogTextSizeMax, '\xff');
  for (const WatchKind kind :
       {WatchKind::ItemGet, WatchKind::ItemStore, WatchKind::Deletion, WatchKind::Eviction}) {
    const WatchRecord record{.gid = ~uint64_t{0},
                             .time_us = kMost,
                             .ttl = -kMost,
                             .value_size = kMost32,
                             .idle_seconds = kMost32,
                             .descriptor = std::numeric_limits<int32_t>::min(),
                             .kind = kind,
                             .class_id = 255};
    char line[2 * kLogLineSizeMax];
    CHECK(format_watch_line(record, key, line) <= kLogLineSizeMax);
  }
}

}  // namespace
}  // namespace larder::server
