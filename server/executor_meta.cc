// The meta commands.
#include "base/assertions.h"
#include "protocol/base64.h"
#include "protocol/encode.h"
#include "server/executor.h"
#include "server/exptime.h"

namespace larder::server {
namespace {

using protocol::MetaItem;
using protocol::MetaStatus;

// What the client sees of an item's expiry.
void show_exptime(base::Time exptime, base::Time now, MetaItem* shown) {
  shown->never_expires = exptime == 0;
  shown->seconds_left = exptime > now ? exptime - now : 0;
}

MetaItem shown_of(const slab::ItemView& view, base::Time now) {
  MetaItem shown{.key = view.key(),
                 .key_is_binary = view.has(slab::trait::kKeyIsBinary),
                 .was_fetched = view.was_fetched(),
                 .has_sent_token = view.has(slab::trait::kTokenSent),
                 .is_stale = view.has(slab::trait::kStale),
                 .seconds_since_access = view.seconds_since_access,
                 .client_flags = view.flags(),
                 .value_size = view.value_size(),
                 .cas = view.cas()};
  show_exptime(view.exptime(), now, &shown);
  return shown;
}

}  // namespace

std::string_view Executor::decoded_key(std::string_view key) noexcept {
  return {decoded_key_, protocol::decode_base64(key, decoded_key_)};
}

Progress Executor::run(const protocol::MetaNoop&, const Style&, Outbox& out) {
  protocol::encode_meta_noop(out.bytes());
  return Progress::Done;
}

Progress Executor::run(const protocol::MetaGet& get, const Style& style, Outbox& out) {
  const slab::Key key(plain_key(get.key, style), hash_);
  slab::ReadOutcome outcome;
  if (get.creates) {
    outcome = store_.read_or_create(
        cache_, key, {.cas = get.new_cas, .key_is_binary = style.key_is_base64}, get.is_access,
        now_, [&](const slab::ItemView& view, bool is_new) {
          encode_meta_hit(get, style, view, is_new, out);
        });
  } else {
    const auto on_hit = [&](const slab::ItemView& view) {
      encode_meta_hit(get, style, view, false, out);
    };
    outcome = get.is_access ? store_.read(cache_, key, now_, on_hit)
                            : store_.peek(cache_, key, now_, on_hit);
  }
  if (outcome == slab::ReadOutcome::Hit) return Progress::Done;
  counters_.get_misses.add();
  if (outcome == slab::ReadOutcome::Expired) counters_.get_expired.add();
  if (outcome == slab::ReadOutcome::Flushed) counters_.get_flushed.add();
  if (!style.quiet) {
    protocol::encode_meta_without_item(MetaStatus::Miss, key.bytes, style, out.bytes());
  }
  return Progress::Done;
}

// Under the bucket's lock.  The flags that look at the exptime or change it do so in the client's
// order: `t T30` shows the old one, `T30 t` the new one.
void Executor::encode_meta_hit(const protocol::MetaGet& get, const Style& style,
                               const slab::ItemView& view, bool is_new, Outbox& out) {
  ClassTraffic& traffic = counters_.classes[view.class_id()];
  (get.touches ? traffic.touch_hits : traffic.get_hits).add();
  MetaItem shown = shown_of(view, now_);
  if (get.touches || get.creates || get.recaches) {
    base::Time exptime = view.exptime();
    for (const char letter : style.asked) {
      if (letter == 'T') exptime = moment_of(get.exptime, clock_, now_);
      if (letter == 'N' && is_new) {
        exptime = moment_of(get.creation_exptime, clock_, now_);
        shown.wins = true;
      }
      if (letter == 'R' && !is_new && !shown.has_sent_token && exptime != 0 &&
          exptime < moment_of(get.recache_exptime, clock_, now_)) {
        shown.wins = true;
      }
      if (letter == 't') show_exptime(exptime, now_, &shown);
    }
    view.set_exptime(exptime);
  }
  if (shown.is_stale && !shown.has_sent_token) shown.wins = true;
  if (shown.wins) view.mark_token_sent();

  const bool is_known = get.known_cas && *get.known_cas == view.cas();
  if (!get.wants_value || is_known) {
    protocol::encode_meta(MetaStatus::Done, shown, style, out.bytes());
  } else if (!view.is_large()) {
    protocol::encode_meta_value(view.value(), shown, style, out.bytes());
  } else {
    protocol::encode_meta_value_head(view.value_size(), shown, style, out.bytes());
    append_large_value(view, out);
  }
}

}  // namespace larder::server
