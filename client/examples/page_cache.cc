// Pages that are slow to make, made once for all who want them.
// Usage: page_cache HOST:PORT PAGE...
#include <larder/client.h>

#include <iostream>
#include <string>

namespace lc = larder::client;
using namespace std::chrono_literals;

lc::Result<std::string> make_page(const std::string& name) {
  if (name == "missing") {
    return lc::fail(lc::ErrorCode::Application, "there is no page " + name);
  }
  return "<h1>" + name + "</h1>";
}

std::string_view name_of(lc::Computed::Source source) {
  switch (source) {
    case lc::Computed::Source::Cache: return "cached";
    case lc::Computed::Source::Stale: return "stale";
    case lc::Computed::Source::Fresh: return "made";
    case lc::Computed::Source::FreshNotStored: return "made, not stored";
  }
  return "";
}

int main(int count, char** words) {
  const auto address = lc::parse_address(count > 1 ? words[1] : "");
  if (!address) return std::cerr << address.error().text << "\n", 1;
  lc::Options options;
  options.nodes.push_back({.address = *address});
  const auto client = lc::Client::make(options);
  if (!client) return std::cerr << client.error().text << "\n", 1;

  lc::ComputeOptions pages;
  pages.write.ttl = 10min;
  pages.recache_before = 1min;  // one reader makes a page anew before it ends
  for (int i = 2; i < count; ++i) {
    const std::string name = words[i];
    const auto page = (*client)->get_or_compute(
        "page:" + name, [&] { return make_page(name); }, pages);
    if (page) {
      std::cout << page->value << " (" << name_of(page->source) << ")\n";
    } else {
      std::cout << page.error().text << "\n";
    }
  }
  return 0;
}
