// Client::get_or_compute(), by the meta protocol's claims.
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

// When to look again: seldomer each time, and never at the same time as others.
class Pace {
 public:
  explicit Pace(const ComputeOptions& options)
      : time_(std::max(options.poll_min, milliseconds(1))),
        time_max_(std::max(options.poll_max, time_)),
        deadline_(deadline_after(options.wait_max)),
        random_(std::random_device{}()) {}

  // False, at once, if the time is up.
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
  // Without an end, a claim would outlive its owner.
  add_ttl(flags, 'N', std::max(options.claim_ttl, seconds(1)));
  if (options.recache_before > seconds::zero()) {
    add_flag(flags, 'R', static_cast<uint64_t>(options.recache_before.count()));
  }
  return flags;
}

// Whether the claim is that of a value to be computed anew before its end.
bool is_good_still(const MetaReply& claim) { return !claim.is_stale && !claim.value.empty(); }

// Precondition: `claim` is what the claim was won with.
Result<Computed> compute_and_store(ClientCore& core, std::string_view key, const Compute& compute,
                                   const ComputeOptions& options, const MetaReply& claim) {
  Result<std::string> value = compute();
  if (!value) {
    core.give_back(key, claim);
    if (is_good_still(claim)) return Computed{claim.value, Source::Cache};
    return value.error();
  }
  // Only over what was claimed: who wrote or removed it meanwhile knew something newer.
  std::string flags = write_flags(options.write);
  add_flag(flags, 'C', claim.cas);
  const Result<WriteOutcome> outcome = core.write(key, *value, std::move(flags));
  if (!outcome)
    core.give_back(key, claim);  // it may be stored for all that: then this does nothing
  const bool is_stored = outcome && *outcome == WriteOutcome::Stored;
  return Computed{std::move(*value), is_stored ? Source::Fresh : Source::FreshNotStored};
}

}  // namespace

Result<Computed> Client::get_or_compute(std::string_view key, const Compute& compute,
                                        const ComputeOptions& options) {
  const std::string flags = claim_flags(options);
  // Such a key would be computed at each call, and never found.
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
  return fail(ErrorCode::TimedOut, "another's value did not come within " +
                                       std::to_string(options.wait_max.count()) + " ms");
}

// So that somebody else may try.  A placeholder goes; of a stale value only the claim does.  That
// of a good one stays, for giving it back is invalidating: the value ends soon, and the claim with
// it.
void ClientCore::give_back(std::string_view key, const MetaReply& claim) {
  if (is_good_still(claim)) return;
  MetaRequest request{.verb = Verb::Delete, .key = key};
  if (claim.is_stale) request.flags = " I";
  add_flag(request.flags, 'C', claim.cas);
  // Without it a placeholder ends by its own time, and a stale value's claim with the value.
  (void)ask(std::move(request));
}

}  // namespace larder::client
