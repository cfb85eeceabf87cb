// Client::get_or_compute(), by means of the meta protocol's claims (flags W and Z).
#include <algorithm>
#include <random>
#include <thread>
#include <utility>

#include "client/client_core.h"
#include "client/deadline.h"

namespace larder::client {
namespace {

using std::chrono::milliseconds;
using Code = MetaReply::Code;
using Source = Computed::Source;
using Verb = MetaRequest::Verb;

// The intervals between polls: each is longer than the last, with jitter against synchronised
// clients.
class Pace {
 public:
  explicit Pace(const ComputeOptions& options)
      : time_(std::max(options.poll_min, milliseconds(1))),
        time_max_(std::max(options.poll_max, time_)),
        deadline_(deadline_after(options.wait_max)),
        random_(std::random_device{}()) {}

  // Returns false at once if the time limit has been reached.
  bool wait() {
    const auto now = std::chrono::steady_clock::now();
    if (now >= deadline_) return false;
    std::uniform_int_distribution<milliseconds::rep> part(time_.count() / 2, time_.count());
    std::this_thread::sleep_until(std::min(deadline_, now + milliseconds(part(random_))));
    time_ = std::min(2 * time_, time_max_);
    return true;
  }

 private:
  milliseconds time_;
  const milliseconds time_max_;
  const Deadline deadline_;
  std::minstd_rand random_;
};

Result<Computed> compute_alone(const Compute& compute) {
  Result<std::string> value = compute();
  if (!value) return value.error();
  return Computed{std::move(*value), Source::FreshNotStored};
}

std::string claim_flags(const ComputeOptions& options) {
  using std::chrono::seconds;
  std::string flags = " v f c";
  // Without an expiry time, a claim would outlive its owner.
  add_ttl(flags, 'N', std::max(options.claim_ttl, seconds(1)));
  if (options.recache_before > seconds::zero()) {
    add_flag(flags, 'R', static_cast<uint64_t>(options.recache_before.count()));
  }
  return flags;
}

// Whether the claim was won on a value that is still valid and is to be recomputed early.
bool is_good_still(const MetaReply& claim) { return !claim.is_stale && !claim.value.empty(); }

// Precondition: `claim` is the reply with which the claim was won.
Result<Computed> compute_and_store(ClientCore& core, std::string_view key, const Compute& compute,
                                   const ComputeOptions& options, const MetaReply& claim) {
  Result<std::string> value = compute();
  if (!value) {
    core.give_back(key, claim);
    if (is_good_still(claim)) return Computed{claim.value, Source::Cache};
    return value.error();
  }
  // Stores only over the claimed item: a client that has written or removed it meanwhile has newer
  // data.
  std::string flags = write_flags(options.write);
  add_flag(flags, 'C', claim.cas);
  const Result<WriteOutcome> outcome = core.write(key, *value, std::move(flags));
  if (!outcome)
    core.give_back(key, claim);  // if the write was executed after all, this has no effect
  const bool is_stored = outcome && *outcome == WriteOutcome::Stored;
  return Computed{std::move(*value), is_stored ? Source::Fresh : Source::FreshNotStored};
}

}  // namespace

Result<Computed> Client::get_or_compute(std::string_view key, const Compute& compute,
                                        const ComputeOptions& options) {
  const std::string flags = claim_flags(options);
  // A value with an invalid key would be recomputed at each call, as it could never be stored.
  if (const auto checked = check_request({.verb = Verb::Get, .key = key}); !checked) {
    return checked.error();
  }
  Pace pace(options);
  do {
    Result<MetaReply> reply = core_->ask({.verb = Verb::Get, .key = key, .flags = flags});
    if (!reply || reply->code != Code::Value) return compute_alone(compute);
    if (reply->has_won) return compute_and_store(*core_, key, compute, options, *reply);
    const bool is_there = !reply->is_claimed || !reply->value.empty();
    if (is_there) {
      return Computed{std::move(reply->value), reply->is_stale ? Source::Stale : Source::Cache};
    }
  } while (pace.wait());
  return fail(ErrorCode::TimedOut, "no other client stored the value within " +
                                       std::to_string(options.wait_max.count()) + " ms");
}

// Gives the claim back, so that another client can try.  A placeholder is deleted; a stale value
// stays and only its claim is removed.  The claim on a valid value is kept, because giving it back
// would invalidate the value: the claim ends when the value expires, which is soon.
void ClientCore::give_back(std::string_view key, const MetaReply& claim) {
  if (is_good_still(claim)) return;
  MetaRequest request{.verb = Verb::Delete, .key = key};
  if (claim.is_stale) request.flags = " I";
  add_flag(request.flags, 'C', claim.cas);
  // If this fails, a placeholder ends when it expires, and a stale value's claim ends with the
  // value.
  (void)ask(std::move(request));
}

}  // namespace larder::client
