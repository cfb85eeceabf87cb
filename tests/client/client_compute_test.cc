// Client::get_or_compute().
#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "client/client.h"
#include "tests/support/larder_process.h"
#include "tests/support/scripted_server.h"

namespace larder::client {
namespace {

using namespace std::chrono_literals;
using Source = Computed::Source;
using support::LarderProcess;

struct Cache {
  Cache() : client(connect()) {}

  std::unique_ptr<Client> connect() {
    Options options;
    options.nodes = {{.address = larder.address()}};
    options.connect_timeout = 5s;
    options.request_timeout = 10s;
    auto made = Client::make(options);
    REQUIRE(made);
    return std::move(*made);
  }

  LarderProcess larder;
  std::unique_ptr<Client> client;
};

Compute value_by(std::string value, std::atomic<int>* count = nullptr,
                 std::chrono::milliseconds time = 0ms) {
  return [=]() -> Result<std::string> {
    if (count != nullptr) ++*count;
    std::this_thread::sleep_for(time);
    return value;
  };
}

Result<std::string> must_not_compute() {
  return fail(ErrorCode::Application, "this was not to be computed");
}

TEST_CASE("the first caller computes the value and the next one gets it from the cache") {
  Cache cache;
  ComputeOptions options;
  options.write = {.ttl = 60s, .flags = 7};
  const auto first = cache.client->get_or_compute("k", value_by("v"), options);
  REQUIRE(first);
  CHECK(first->value == "v");
  CHECK(first->source == Source::Fresh);
  const auto second = cache.client->get_or_compute("k", must_not_compute, options);
  REQUIRE(second);
  CHECK(second->value == "v");
  CHECK(second->source == Source::Cache);
  const auto item = cache.client->get("k");
  REQUIRE(*item);
  CHECK((*item)->flags == 7);
  CHECK((*item)->value == "v");
}

TEST_CASE("of many concurrent callers one computes and all get its value") {
  Cache cache;
  std::atomic<int> compute_count = 0;
  std::atomic<int> good_count = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      const auto got = cache.client->get_or_compute("k", value_by("v", &compute_count, 200ms));
      good_count += got && got->value == "v";
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(compute_count == 1);
  CHECK(good_count == 16);
}

TEST_CASE("while one caller recomputes a value the others get the stale one") {
  Cache cache;
  REQUIRE(cache.client->set("k", "old"));
  REQUIRE(*cache.client->invalidate("k", 60s));
  const auto fresh = cache.client->get_or_compute("k", [&]() -> Result<std::string> {
    const auto other = cache.client->get_or_compute("k", must_not_compute);
    CHECK(other->value == "old");
    CHECK(other->source == Source::Stale);
    return std::string("new");
  });
  REQUIRE(fresh);
  CHECK(fresh->value == "new");
  CHECK(fresh->source == Source::Fresh);
  CHECK(cache.client->get_or_compute("k", must_not_compute)->value == "new");
}

TEST_CASE("shortly before a value expires one caller recomputes it for all") {
  Cache cache;
  REQUIRE(cache.client->set("k", "old", {.ttl = 20s}));
  ComputeOptions options;
  options.recache_before = 10s;
  CHECK(cache.client->get_or_compute("k", must_not_compute, options)->source == Source::Cache);
  options.recache_before = 30s;
  options.write.ttl = 60s;
  const auto fresh = cache.client->get_or_compute(
      "k",
      [&]() -> Result<std::string> {
        const auto other = cache.client->get_or_compute("k", must_not_compute, options);
        CHECK(other->value == "old");
        CHECK(other->source == Source::Cache);
        return std::string("new");
      },
      options);
  REQUIRE(fresh);
  CHECK(fresh->source == Source::Fresh);
  CHECK(cache.client->get_or_compute("k", must_not_compute, options)->value == "new");
}

TEST_CASE("other commands treat a claim as a miss") {
  Cache cache;
  const auto fresh = cache.client->get_or_compute("k", [&]() -> Result<std::string> {
    CHECK_FALSE(cache.client->get("k")->has_value());
    return std::string("v");
  });
  CHECK(fresh->source == Source::Fresh);
}

TEST_CASE("if the owner of a claim dies another caller computes after the claim expires") {
  Cache cache;
  ComputeOptions options;
  options.claim_ttl = 1s;
  std::atomic<int> compute_count = 0;
  const auto survivor = cache.connect();
  Result<Computed> taken_over = fail(ErrorCode::Application, "not yet");
  std::thread other;
  // The owner of the claim does not store: its computation takes longer than the claim lasts.
  const auto late = cache.client->get_or_compute(
      "k",
      [&]() -> Result<std::string> {
        other = std::thread([&] {
          taken_over = survivor->get_or_compute("k", value_by("second", &compute_count), options);
        });
        other.join();
        return std::string("first");
      },
      options);
  REQUIRE(taken_over);
  CHECK(taken_over->value == "second");
  CHECK(taken_over->source == Source::Fresh);
  CHECK(compute_count == 1);
  // The late client does not overwrite the value.
  REQUIRE(late);
  CHECK(late->value == "first");
  CHECK(late->source == Source::FreshNotStored);
  CHECK((*cache.client->get("k"))->value == "second");
}

TEST_CASE("a caller whose wait times out fails and does not compute") {
  Cache cache;
  ComputeOptions options;
  options.wait_max = 50ms;
  const auto fresh = cache.client->get_or_compute("k", [&]() -> Result<std::string> {
    const auto start = std::chrono::steady_clock::now();
    const auto other = cache.client->get_or_compute("k", must_not_compute, options);
    CHECK(std::chrono::steady_clock::now() - start >= 50ms);
    REQUIRE_FALSE(other);
    CHECK(other.error().text.find("no other client stored") != std::string::npos);
    return std::string("v");
  });
  CHECK(fresh);
}

TEST_CASE("if a computation fails the next caller may compute at once") {
  Cache cache;
  const auto failing = []() -> Result<std::string> {
    return fail(ErrorCode::Application, "no database");
  };
  SECTION("without a cached value") {
    const auto failed = cache.client->get_or_compute("k", failing);
    REQUIRE_FALSE(failed);
    CHECK(failed.error().text == "no database");
    CHECK(cache.client->get_or_compute("k", value_by("v"))->source == Source::Fresh);
  }
  SECTION("with a stale value") {
    REQUIRE(cache.client->set("k", "old"));
    REQUIRE(*cache.client->invalidate("k", 60s));
    CHECK_FALSE(cache.client->get_or_compute("k", failing));
    const auto next = cache.client->get_or_compute("k", [&]() -> Result<std::string> {
      // The old value is still there for others.
      CHECK(cache.client->get_or_compute("k", must_not_compute)->value == "old");
      return std::string("v");
    });
    CHECK(next->source == Source::Fresh);
  }
  SECTION("with a value due for recomputation") {
    REQUIRE(cache.client->set("k", "old", {.ttl = 20s}));
    ComputeOptions options;
    options.recache_before = 30s;
    // All clients still get the valid value; the next recomputation happens after it has expired.
    for (const Compute& compute : {Compute(failing), Compute(must_not_compute)}) {
      const auto got = cache.client->get_or_compute("k", compute, options);
      REQUIRE(got);
      CHECK(got->value == "old");
      CHECK(got->source == Source::Cache);
    }
    const auto item = cache.client->get("k");
    REQUIRE(*item);
    CHECK((*item)->value == "old");
    CHECK_FALSE((*item)->is_stale);
  }
}

TEST_CASE("a value that could not be recomputed expires and the next caller computes") {
  Cache cache;
  REQUIRE(cache.client->set("k", "old", {.ttl = 2s}));
  ComputeOptions options;
  options.recache_before = 30s;
  const auto failing = []() -> Result<std::string> {
    return fail(ErrorCode::Application, "no database");
  };
  REQUIRE(cache.client->get_or_compute("k", failing, options));
  std::this_thread::sleep_for(3200ms);
  CHECK(cache.client->get_or_compute("k", value_by("v"), options)->source == Source::Fresh);
}

TEST_CASE("a value written or removed during the computation is not overwritten") {
  Cache cache;
  SECTION("written") {
    const auto got = cache.client->get_or_compute("k", [&]() -> Result<std::string> {
      CHECK(cache.client->set("k", "newer"));
      return std::string("older");
    });
    CHECK(got->source == Source::FreshNotStored);
    CHECK((*cache.client->get("k"))->value == "newer");
  }
  SECTION("removed") {
    const auto got = cache.client->get_or_compute("k", [&]() -> Result<std::string> {
      CHECK(*cache.client->remove("k"));
      return std::string("older");
    });
    CHECK(got->source == Source::FreshNotStored);
    CHECK_FALSE(cache.client->get("k")->has_value());
  }
}

// The requests that a server gets after a claim was won, if storing fails.
std::vector<std::string> asked_after_winning(const std::string& reply) {
  std::vector<std::string> lines;
  const auto take = [&](support::ScriptedPeer& peer, const std::string& answer) {
    lines.push_back(peer.line());
    if (lines.back().starts_with("ms ")) peer.line();  // the value
    peer.line();                                       // the fence
    peer.say(answer + "MN\r\n");
    return !lines.back().empty();
  };
  {
    support::ScriptedServer server([&](support::ScriptedPeer& peer) {
      take(peer, reply);
      take(peer, "SERVER_ERROR out of memory storing object\r\n");
      while (take(peer, "HD O3\r\n")) continue;
    });
    Options options;
    options.nodes = {{.address = server.address()}};
    options.request_timeout = 20s;
    const auto client = Client::make(options);
    REQUIRE(client);
    const auto got = (*client)->get_or_compute("k", value_by("new"));
    REQUIRE(got);
    CHECK(got->value == "new");
    CHECK(got->source == Source::FreshNotStored);
  }
  REQUIRE(lines.size() >= 2);
  return {lines.begin() + 2, lines.end() - 1};
}

TEST_CASE("if storing fails the claim is released once") {
  using Lines = std::vector<std::string>;
  CHECK(asked_after_winning("VA 0 W f0 c5 O1\r\n\r\n") == Lines{"md k C5 O3"});
  CHECK(asked_after_winning("VA 3 W X f0 c5 O1\r\nold\r\n") == Lines{"md k I C5 O3"});
  // A valid value is not changed.
  CHECK(asked_after_winning("VA 3 W f0 c5 O1\r\nold\r\n").empty());
}

TEST_CASE("the value is computed if the cache is unavailable") {
  Cache cache;
  cache.larder.kill();
  const auto got = cache.client->get_or_compute("k", value_by("v"));
  REQUIRE(got);
  CHECK(got->value == "v");
  CHECK(got->source == Source::FreshNotStored);
}

TEST_CASE("nothing is computed for an invalid key") {
  Cache cache;
  for (const std::string& key : {std::string(), std::string(251, 'k'), std::string(187, ' ')}) {
    const auto got = cache.client->get_or_compute(key, must_not_compute);
    REQUIRE_FALSE(got);
    CHECK(got.error().text.find(" key") != std::string::npos);
  }
}

TEST_CASE("an empty value is a valid value") {
  Cache cache;
  CHECK(cache.client->get_or_compute("k", value_by(""))->source == Source::Fresh);
  const auto got = cache.client->get_or_compute("k", must_not_compute);
  REQUIRE(got);
  CHECK(got->value.empty());
  CHECK(got->source == Source::Cache);
}

}  // namespace
}  // namespace larder::client
