#include "larderctl/copy_command.h"

#include <fmt/format.h>

#include <optional>

#include "larderctl/printable.h"
#include "larderctl/transfer/live_source.h"
#include "larderctl/transfer/run.h"
#include "larderctl/transfer/server_sink.h"
#include "larderctl/transfer_options.h"

namespace larder::ctl {
namespace {

constexpr std::string_view kName = "copy";

std::vector<OptionRow> rows() {
  using namespace transfer_rows;
  return with_access_rows({kHash, kOwnedOnly, kOverwrite, kRate, kState});
}

std::string help_text() {
  return "usage: larderctl copy FROM TO [options]\n"
         "\n"
         "Copies the items of running servers to other servers.  FROM and TO are HOST:PORT, or\n"
         "lists separated by commas.  A list is a ring: each key goes to the node that owns it.\n"
         "\n" +
         transfer_help(rows());
}

struct Opening {
  std::vector<std::unique_ptr<Source>> sources;
  uint64_t item_count = 0;
};

base::Result<Opening> open_sources(const std::shared_ptr<const Servers>& from,
                                   const TransferOptions& options) {
  Opening opening;
  for (size_t place = 0; place < from->addresses.size(); ++place) {
    const client::Address& address = from->addresses[place];
    auto opened = open_channels(address, options.access, kSourceConnections);
    if (!opened) return opened.error();
    LiveSource::Filter filter;
    if (options.owned_only) {
      filter = [from, place](std::string_view key) { return from->owner_of(key) == place; };
    }
    auto source = std::make_unique<LiveSource>(std::move(*opened), std::move(filter));
    tell_about_lru(kName, source->facts(), address.text());
    opening.item_count += source->facts().item_count;
    opening.sources.push_back(std::move(source));
  }
  return opening;
}

int copy_items(const TransferOptions& options) {
  const std::string& from_text = options.operands[0];
  const std::string& to_text = options.operands[1];
  auto from = read_servers(from_text, options.hash);
  if (!from) return refuse_usage(kName, from.error());
  auto to = read_servers(to_text, options.hash);
  if (!to) return refuse_usage(kName, to.error());
  auto opening = open_sources(std::make_shared<const Servers>(std::move(*from)), options);
  if (!opening) return refuse(kName, base::fail(printable(opening.error().text)));
  auto sink = ServerSink::connect(std::move(*to), options.access, options.overwrites);
  if (!sink) return refuse(kName, base::fail(printable(sink.error().text)));
  if (!(*sink)->keeps_cas_ids()) {
    fmt::print(stderr, "larderctl copy: {} gives the items CAS ids of its own\n", to_text);
  }
  std::optional<CopyState> state;
  if (!options.state_file.empty()) {
    auto opened =
        CopyState::open(options.state_file, from_text + " to " + to_text, opening->item_count);
    if (!opened) return refuse(kName, base::fail(printable(opened.error().text)));
    state.emplace(std::move(*opened));
  }
  Run moving{.command = kName,
             .verb = "copied",
             .sources = std::move(opening->sources),
             .sink = std::move(*sink)};
  moving.context.limiter = RateLimiter(options.items_per_second);
  moving.context.state = state ? &*state : nullptr;
  return run_transfer(moving);
}

}  // namespace

int run_copy(const Words& words) {
  const auto options = read_transfer_options(rows(), words);
  if (!options) return refuse_usage(kName, options.error());
  if (options->help) return show(help_text()) ? 0 : kExitCannot;
  if (options->operands.size() != 2) {
    return refuse_usage(kName, base::fail("expected FROM and TO"));
  }
  return copy_items(*options);
}

}  // namespace larder::ctl
