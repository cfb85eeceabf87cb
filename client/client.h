// A client of one or more memcached or Larder servers, by the meta protocol.
//
//   auto client = larder::client::Client::make({.nodes = {{.address = ...}}});
//   (*client)->set("greeting", "hello", {.ttl = 60s});
//   auto item = (*client)->get("greeting");
//   if (item && *item) use((*item)->value);
//
// Keys are any 1 to 250 bytes, or to 186 if there is a byte among them that is not graphic ASCII;
// values are any bytes.  A time to live of 0 is for ever, a negative one is over at once.
//
// Failures are values: nothing is thrown.  An error has a code for the program (error.h) and a text
// that says what was tried and what came of it.  Every operation is bounded in time (see Options).
// One that failed after it was sent may have been executed or not; none is sent twice.  A
// connection on which anything went wrong is closed, so that no reply can be taken for another
// request's.
//
// Threads: any; operations of several threads use connections of their own.  There are no threads
// in here: a node that was down is asked whether it is back by the first operation that comes when
// its back-off is over (see also BackgroundPoller).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "client/address.h"
#include "client/error.h"
#include "client/options.h"

namespace larder::client {

class ClientCore;

struct Item {
  std::string value;
  uint32_t flags = 0;
  uint64_t cas = 0;
  bool is_stale = false;  // it was invalidated, and somebody else is fetching it anew
};

struct WriteOptions {
  std::chrono::seconds ttl{0};
  uint32_t flags = 0;  // the application's, kept beside the value
};

enum class WriteOutcome : uint8_t {
  Stored,
  NotStored,  // add: it exists; replace, append, prepend: it does not
  Exists,     // compare_and_set: it has changed since
  NotFound,   // compare_and_set: it is gone
};

// What increment() and decrement() make of a key that is not there.
struct InitialCount {
  uint64_t value = 0;
  std::chrono::seconds ttl{0};
};

// How get_or_compute() keeps many from computing the same.
struct ComputeOptions {
  WriteOptions write = {};
  // Who finds nothing claims the key for so long; if it died, another one does after that.  A claim
  // on an old value, stale or near its end, lasts as long as that value: if its owner died, nobody
  // else tries before the value's time to live is over.
  std::chrono::seconds claim_ttl{10};
  // A value with less than this left to live is computed anew by one caller, while it is still
  // good for the others; 0: it is not.
  std::chrono::seconds recache_before{0};
  // How long to wait for another's value where there is none at all, and how often to look.
  std::chrono::milliseconds wait_max{15'000};
  std::chrono::milliseconds poll_min{10};
  std::chrono::milliseconds poll_max{250};
};

struct Computed {
  enum class Source : uint8_t {
    Cache,          // also if it was to be computed anew before its end, and that failed
    Stale,          // from the cache; it was invalidated, and another caller computes it
    Fresh,          // computed by this call and stored
    FreshNotStored  // computed by this call; the cache does not answer, or the key was written,
                    // deleted or claimed by others meanwhile
  };

  std::string value;
  Source source = Source::Cache;
};

using Compute = std::function<Result<std::string>()>;

struct NodeState {
  Address address;
  bool is_ejected = false;
  uint32_t failures = 0;  // in a row
};

class Client {
 public:
  // Connects to nobody yet, except for discovery: that asks the nodes of `options` for the real
  // ones, and fails if none of them tells.
  static Result<std::unique_ptr<Client>> make(Options options);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client();

  // ---- reading ----

  // Nothing if there is no such key.
  //
  // After invalidate() the first get has nothing, so that its caller stores anew what others go on
  // getting as stale until then.  What get_or_compute() has claimed and not yet stored is nothing.
  Result<std::optional<Item>> get(std::string_view key);
  // The same, and gives the item another time to live; so it does to a stale one, which others get
  // for so long if this caller is the first and then stores nothing.
  Result<std::optional<Item>> get_and_touch(std::string_view key, std::chrono::seconds ttl);
  // One answer for each key, in their order.  Each node is asked once, all of them in parallel.
  std::vector<Result<std::optional<Item>>> get_many(std::span<const std::string_view> keys);
  std::vector<Result<std::optional<Item>>> get_many(std::span<const std::string> keys);

  // The value of `key`, by `compute` if the cache has none, on this thread, and stored for others.
  // Of many callers in many processes one computes; the others have the old value, if there is
  // one, or wait.  If the one fails, another one computes; if it dies, once its claim is over
  // (see ComputeOptions::claim_ttl).
  // If the cache does not answer, the value is computed and not stored.
  // Fails if `compute` does, with its error, unless there is a good value whose end is near, which
  // is what comes then; if there is no value after `wait_max`; and for a key that cannot be one.
  //
  // An empty value counts as a value once it is stored; while it is computed anew others wait.
  Result<Computed> get_or_compute(std::string_view key, const Compute& compute,
                                  const ComputeOptions& options = {});

  // ---- writing ----

  // Stored, or an error.
  Result<WriteOutcome> set(std::string_view key, std::string_view value,
                           const WriteOptions& options = {});
  Result<WriteOutcome> add(std::string_view key, std::string_view value,
                           const WriteOptions& options = {});
  Result<WriteOutcome> replace(std::string_view key, std::string_view value,
                               const WriteOptions& options = {});
  // These keep time to live and flags of what is there.
  Result<WriteOutcome> append(std::string_view key, std::string_view value);
  Result<WriteOutcome> prepend(std::string_view key, std::string_view value);
  // Stores if the item still is the one that had this Item::cas.
  Result<WriteOutcome> compare_and_set(std::string_view key, std::string_view value, uint64_t cas,
                                       const WriteOptions& options = {});

  struct Entry {
    std::string_view key;
    std::string_view value;
  };
  // As set(), for each entry; the way of get_many().
  std::vector<Result<WriteOutcome>> set_many(std::span<const Entry> entries,
                                             const WriteOptions& options = {});

  // The number afterwards.  Nothing if there is no such key and no `initial`; with one, that is
  // what is stored, without `delta`.  Counting up wraps at 2^64, counting down stops at 0.
  Result<std::optional<uint64_t>> increment(std::string_view key, uint64_t delta = 1,
                                            std::optional<InitialCount> initial = {});
  Result<std::optional<uint64_t>> decrement(std::string_view key, uint64_t delta = 1,
                                            std::optional<InitialCount> initial = {});

  // These say whether there was such a key.
  //
  // touch() leaves it to the next get to fetch a stale value anew, but the stale value lives so
  // long as well; and so does what get_or_compute() has claimed and not yet stored.
  Result<bool> touch(std::string_view key, std::chrono::seconds ttl);
  Result<bool> remove(std::string_view key);
  // Leaves the value, for so long, to those who bear a stale one while one fetches it anew.  If
  // that one dies nobody else tries before that time is over; it is at least a second.
  Result<bool> invalidate(std::string_view key, std::chrono::seconds stale_ttl);

  // ---- nodes ----

  // Asks for the list of nodes and takes it over if its version is greater; says whether it was.
  // Nodes are asked in turn until one tells.  Fails without discovery.
  Result<bool> poll();
  bool has_discovery() const noexcept;
  // Lets nodes back whose back-off is over, if they answer.
  void probe();

  uint64_t cluster_version() const;
  std::vector<NodeState> nodes() const;

 private:
  explicit Client(std::unique_ptr<ClientCore> core);

  const std::unique_ptr<ClientCore> core_;
};

}  // namespace larder::client
