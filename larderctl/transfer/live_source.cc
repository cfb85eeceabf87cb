#include "larderctl/transfer/live_source.h"

#include <fmt/format.h>

#include <algorithm>

#include "larderctl/printable.h"

namespace larder::ctl {

void tell_about_lru(std::string_view command, const ServerFacts& facts, const std::string& name) {
  if (facts.has_meta) return;
  fmt::print(stderr,
             "larderctl {}: {} ({}) has no meta commands: each item is read with get, which moves "
             "it to the front of the LRU\n",
             command, name, printable(facts.version));
}

LiveSource::LiveSource(Opened opened, Filter filter)
    : facts_(std::move(opened.facts)),
      filter_(std::move(filter)),
      dump_(std::move(opened.channels.front())) {
  for (size_t i = 1; i < opened.channels.size(); ++i) {
    fetchers_.push_back(Fetcher::make(std::move(opened.channels[i]), facts_));
  }
}

Fetcher* LiveSource::fetcher_with_room() {
  for (size_t tried = 0; tried < fetchers_.size(); ++tried) {
    Fetcher& fetcher = *fetchers_[current_];
    if (fetcher.has_room()) return &fetcher;
    current_ = (current_ + 1) % fetchers_.size();
  }
  return nullptr;
}

// Counts a key that is not asked for.
bool LiveSource::is_wanted(const KeyQueue::Entry& entry, const Fetcher& fetcher,
                           Context& context) const {
  const auto& [key, expires] = entry;
  Tally& tally = context.tally;
  if (filter_ && !filter_(key)) {
    tally.skipped.add("belongs to another node of the source", key);
  } else if (expires != 0 && context.is_over(expires - facts_.clock_ahead)) {
    ++tally.expired;
  } else if (context.state != nullptr && context.state->has(CopyState::mark_of(key))) {
    ++tally.done_before;
  } else if (const char* refusal = fetcher.refusal_of(key); refusal != nullptr) {
    tally.failed.add(refusal, key);
  } else {
    return true;
  }
  return false;
}

base::Outcome LiveSource::ask_for_more(Context& context) {
  waits_for_turn_ = false;
  for (;;) {
    const auto entry = keys_.front();
    if (!entry) return entry.error();
    has_more_ = entry->has_value();
    if (!has_more_) return base::Done{};
    Fetcher* const fetcher = fetcher_with_room();
    if (fetcher == nullptr) return base::Done{};
    if (is_wanted(**entry, *fetcher, context)) {
      waits_for_turn_ = !context.limiter.take(context.now);
      if (waits_for_turn_) return base::Done{};
      fetcher->request((*entry)->key, (*entry)->expires, context);
    }
    ++asked_count_;
    keys_.pop();
  }
}

base::Outcome LiveSource::deliver(Sink& sink, Context& context) {
  for (const auto& fetcher : fetchers_) {
    if (auto done = fetcher->deliver(sink, context); !done) return done;
  }
  if (auto done = dump_.read_into(keys_, context); !done) return done;
  if (auto done = ask_for_more(context); !done) return done;
  for (const auto& fetcher : fetchers_) {
    fetcher->end_batch();
    if (auto done = fetcher->flush(); !done) return done;
  }
  // By turns, so that the server takes none of them for idle.
  current_ = (current_ + 1) % fetchers_.size();
  return base::Done{};
}

bool LiveSource::is_done() const {
  return dump_.is_done() && !has_more_ &&
         std::all_of(fetchers_.begin(), fetchers_.end(),
                     [](const auto& fetcher) { return fetcher->is_idle(); });
}

void LiveSource::watch(Context& context) {
  dump_.watch(context);
  for (const auto& fetcher : fetchers_) fetcher->watch(context);
  if (waits_for_turn_) context.polls.wake_at(context.limiter.next());
}

base::Outcome LiveSource::advance(Context& context) {
  if (auto done = dump_.advance(context); !done) return done;
  for (const auto& fetcher : fetchers_) {
    if (auto done = fetcher->advance(context); !done) return done;
  }
  return base::Done{};
}

Position LiveSource::position(const Context&) const {
  return {.done = asked_count_, .total = facts_.item_count};
}

}  // namespace larder::ctl
