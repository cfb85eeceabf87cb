// A token bucket; the test sets the time.
#include "server/support/token_bucket.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

namespace larder::server {
namespace {

constexpr int64_t kInterval = 100;
constexpr int64_t kBurst = 5;

int taken(TokenBucket& bucket, int64_t now, int attempts = 100) {
  int count = 0;
  for (int i = 0; i < attempts; ++i) count += bucket.take(now) ? 1 : 0;
  return count;
}

TEST_CASE("a full bucket provides its burst, and then one token per interval") {
  TokenBucket bucket(kInterval, kBurst);
  CHECK(taken(bucket, 1000) == kBurst);
  CHECK(taken(bucket, 1099) == 0);
  CHECK(taken(bucket, 1100) == 1);
  CHECK(taken(bucket, 1399) == 2);
  CHECK(taken(bucket, 1400) == 1);
}

TEST_CASE("a long pause fills the bucket up to its limit") {
  TokenBucket bucket(kInterval, kBurst);
  CHECK(taken(bucket, 1000) == kBurst);
  CHECK(taken(bucket, 1'000'000'000) == kBurst);
}

TEST_CASE("a bucket is full at time zero") {
  TokenBucket bucket(kInterval, kBurst);
  CHECK(taken(bucket, 0) == kBurst);
}

TEST_CASE("threads share the tokens") {
  TokenBucket bucket(kInterval, 1000);
  std::atomic<int> count{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] { count += taken(bucket, 5000, 1000); });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(count == 1000);
}

}  // namespace
}  // namespace larder::server
