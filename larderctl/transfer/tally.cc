#include "larderctl/transfer/tally.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "larderctl/printable.h"
#include "larderctl/transfer/amounts.h"
#include "larderctl/transfer/item_key.h"

namespace larder::ctl {

void Reasons::add(std::string_view reason, std::string_view key) {
  if (const auto found = met_.find(reason); found != met_.end()) {
    ++total_;
    ++found->second.count;
  } else {
    add_at(reason, shown_key(key));
  }
}

void Reasons::add_at(std::string_view reason, const std::string& place) {
  ++total_;
  auto found = met_.find(reason);
  if (found == met_.end()) {
    if (met_.size() >= kReasonsMax) reason = "other reasons";
    found = met_.try_emplace(std::string(reason)).first;
    if (found->second.count == 0) found->second.first_place = place;
  }
  ++found->second.count;
}

std::string Reasons::text() const {
  std::vector<std::pair<std::string, Met>> rows(met_.begin(), met_.end());
  std::stable_sort(rows.begin(), rows.end(), [](const auto& left, const auto& right) {
    return left.second.count > right.second.count;
  });
  std::string text;
  for (const auto& [reason, met] : rows) {
    text += fmt::format("  {}: {}", met.count, printable(reason));
    if (!met.first_place.empty()) {
      text += fmt::format(" ({}{})", met.count > 1 ? "first: " : "", met.first_place);
    }
    text += '\n';
  }
  return text;
}

std::string Tally::text(std::string_view verb, double seconds) const {
  std::string text =
      fmt::format("{:<9}{} items, {}, in {}: {}/s\n", verb, copied, bytes_text(bytes),
                  seconds_text(seconds), static_cast<uint64_t>(rate_of(copied, seconds)));
  text += fmt::format("expired  {}\n", expired);
  if (vanished > 0) {
    text +=
        fmt::format("vanished {}: deleted, evicted or expired after they were listed\n", vanished);
  }
  text += fmt::format("skipped  {}\n", existing + done_before + skipped.total());
  if (existing > 0) text += fmt::format("  {}: the target has the key\n", existing);
  if (done_before > 0) text += fmt::format("  {}: copied by an earlier run\n", done_before);
  text += skipped.text();
  text += fmt::format("failed   {}\n", failed.total());
  return text + failed.text();
}

}  // namespace larder::ctl
