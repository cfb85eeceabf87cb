// The commands lru, lru_crawler, slabs and watch: permission checks and changes of settings.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "base/assertions.h"
#include "server/admin/admin.h"
#include "server/options/options.h"

namespace larder::server {
namespace {

using protocol::Complaint;
using protocol::Crawl;
using protocol::Knob;

constexpr int32_t kAnyClass = -1;

constexpr std::string_view kSettingChanged = "A client changed a setting.";

std::string_view name_of(Knob knob) {
  switch (knob) {
    case Knob::LruSegmented: return "lru_segmented";
    case Knob::TemporaryTtl: return "temporary_ttl";
    case Knob::CrawlerEnabled: return "lru_crawler";
    case Knob::CrawlerSleep: return "lru_crawler_sleep";
    case Knob::CrawlerToCrawl: return "lru_crawler_tocrawl";
    case Knob::AutomoveLevel: return "slab_automove";
    case Knob::AutomoveWindow: return "slab_automove_window";
    case Knob::AutomoveRatio: return "slab_automove_ratio";
    case Knob::AutomoveFreeRatio: return "slab_automove_freeratio";
  }
  UNREACHABLE();
}

// Among the classes that share an id.  kNoClass for 0, the global page pool.
slab::ClassId class_with_most_pages(slab::Store& store, int32_t shown_id) {
  slab::ClassId best = slab::kNoClass;
  size_t most = 0;
  for (const slab::ClassId id : store.shown_classes().classes_of(static_cast<size_t>(shown_id))) {
    const size_t page_count = store.inspect().usage_of(id).page_count;
    if (best != slab::kNoClass && page_count <= most) continue;
    best = id;
    most = page_count;
  }
  return best;
}

}  // namespace

void Admin::tune(const protocol::LruTune& tune, const Requester& by) {
  state_.live_options.change([&](TuningOptions& options) {
    options.hot_lru_percent = static_cast<int>(tune.hot_percent);
    options.warm_lru_percent = static_cast<int>(tune.warm_percent);
    options.hot_max_factor = tune.hot_factor;
    options.warm_max_factor = tune.warm_factor;
  });
  context_->log.tell(LogEvent::SettingChanged, kSettingChanged, [&](LogLine& line) {
    line.text("setting", "lru_tune");
    line.text("value", fmt::format("{} {} {} {}", tune.hot_percent, tune.warm_percent,
                                   tune.hot_factor, tune.warm_factor));
    add_requester(line, by);
  });
}

// The modes of the LRU lists require the maintainer: without it upstream does not know the
// commands.
Complaint Admin::turn(const protocol::TurnKnob& turned, const Requester& by) {
  const auto number = static_cast<int64_t>(turned.value);
  const bool is_on = turned.value != 0;
  const Complaint complaint = state_.live_options.change([&](TuningOptions& options) {
    switch (turned.knob) {
      case Knob::LruSegmented:
        if (!options.has_lru_maintainer) return Complaint::UnknownCommand;
        options.has_segmented_lru = is_on;
        break;
      case Knob::TemporaryTtl:
        if (!options.has_lru_maintainer) return Complaint::UnknownCommand;
        options.has_temporary_lru = number >= 0;
        if (number >= 0) options.temporary_ttl_seconds = static_cast<int>(number);
        break;
      case Knob::CrawlerEnabled:
        if (is_on && options.has_lru_crawler) return Complaint::CrawlerNotStarted;
        options.has_lru_crawler = is_on;
        break;
      case Knob::CrawlerSleep: options.lru_crawler_sleep_us = static_cast<int>(number); break;
      case Knob::CrawlerToCrawl: options.lru_crawler_tocrawl = static_cast<uint64_t>(number); break;
      case Knob::AutomoveLevel: options.slab_automove = static_cast<int>(number); break;
      case Knob::AutomoveWindow: options.slab_automove_window = static_cast<int>(number); break;
      case Knob::AutomoveRatio: options.slab_automove_ratio = turned.value; break;
      case Knob::AutomoveFreeRatio: options.slab_automove_freeratio = turned.value; break;
    }
    return Complaint::None;
  });
  if (turned.knob == Knob::CrawlerEnabled && !is_on) state_.crawler.stop();
  if (complaint != Complaint::None) return complaint;
  context_->log.tell(LogEvent::SettingChanged, kSettingChanged, [&](LogLine& line) {
    line.text("setting", name_of(turned.knob));
    line.text("value", fmt::format("{}", turned.value));
    add_requester(line, by);
  });
  return Complaint::None;
}

Complaint Admin::crawl(const Crawl& crawl, const Requester& by) {
  const Complaint complaint = refusal_of(crawl);
  if (complaint != Complaint::None) return complaint;
  const bool has_begun =
      state_.crawler.start(context_->store.shown_classes().classes_of(crawl.classes));
  if (!has_begun) return Complaint::CrawlerBusy;
  context_->log.tell(LogEvent::CrawlStarted, "A client started the LRU crawler.",
                     [&](LogLine& line) { add_requester(line, by); });
  return Complaint::None;
}

Complaint Admin::refusal_of(const Crawl& crawl) const {
  const bool is_dump = crawl.work != Crawl::Work::Reclaim;
  const bool is_metadump = crawl.work == Crawl::Work::Metadump;
  if (!state_.live_options.get().has_lru_crawler) return Complaint::CrawlerDisabled;
  if (is_dump && !context_->options.has_dumps) {
    return is_metadump ? Complaint::MetadumpDenied : Complaint::MgdumpDenied;
  }
  if (is_dump && crawl.is_pipelined) {
    return is_metadump ? Complaint::PipelinedMetadump : Complaint::PipelinedMgdump;
  }
  if (crawl.complaint != Complaint::None) return crawl.complaint;
  const bool is_all = crawl.classes.all();
  const bool has_unknown = !is_all && (crawl.classes >> kClassIdsUpstream).any();
  return has_unknown ? Complaint::BadCrawlClass : Complaint::None;
}

Complaint Admin::refusal_of(const protocol::Watch& watch) const {
  if (!context_->options.has_watch) return Complaint::WatchDenied;
  if (watch.is_pipelined) return Complaint::PipelinedWatch;
  if (watch.complaint != Complaint::None) return watch.complaint;
  return (watch.events & protocol::watch::kProxy) != 0 ? Complaint::WatchWithoutProxy
                                                       : Complaint::None;
}

Complaint Admin::reassign(const protocol::SlabReassign& wanted, slab::ThreadCache& cache,
                          base::Time now, const Requester& by) {
  if (!context_->options.reassigns_slabs) return Complaint::ReassignDisabled;
  if (wanted.complaint != Complaint::None) return wanted.complaint;
  if (wanted.from == wanted.to) return Complaint::SameReassignClass;
  slab::Store& store = context_->store;
  const auto class_count = static_cast<int32_t>(store.shown_classes().count());
  const auto is_class = [&](int32_t id) { return id >= 0 && id <= class_count; };
  const bool is_any = wanted.from == kAnyClass;
  if ((!is_any && !is_class(wanted.from)) || !is_class(wanted.to)) {
    return Complaint::BadReassignClass;
  }
  std::optional<slab::ClassId> from;
  if (!is_any) from = class_with_most_pages(store, wanted.from);
  switch (store.maintenance().reassign(cache, from, class_with_most_pages(store, wanted.to), now)) {
    case slab::ReassignOutcome::Done: break;
    case slab::ReassignOutcome::Same: return Complaint::SameReassignClass;
    case slab::ReassignOutcome::BadClass: return Complaint::BadReassignClass;
    case slab::ReassignOutcome::NoSpare:
      return is_any ? Complaint::BadReassignClass : Complaint::NoSparePages;
  }
  context_->log.tell(LogEvent::SlabsReassigned, "A client moved a page to another slab class.",
                     [&](LogLine& line) {
                       line.text("from", is_any ? "any" : std::to_string(wanted.from));
                       line.text("to", std::to_string(wanted.to));
                       add_requester(line, by);
                     });
  return Complaint::None;
}

void Admin::maintain(slab::ThreadCache& cache, base::Time now) {
  slab::Store& store = context_->store;
  state_.live_options.read([&](const TuningOptions& options) {
    store.maintenance().set_automove(options.reassigns_slabs ? options.slab_automove : 0);
    store.maintenance().set_crawls(options.has_lru_crawler);
  });
  state_.crawler.step(store, cache, now);
}

}  // namespace larder::server
