#include "server/support/latency.h"

#include <iterator>
#include <numeric>
#include <type_traits>
#include <utility>
#include <variant>

namespace larder::server {
namespace {

template <class Command, class... Commands>
constexpr bool is_one_of = (std::is_same_v<Command, Commands> || ...);

template <class Command>
constexpr CommandKind kind_of_type() {
  using namespace protocol;
  if constexpr (is_one_of<Command, Get, MetaGet, BinaryGet>) return CommandKind::Get;
  if constexpr (is_one_of<Command, Write>) return CommandKind::Set;
  if constexpr (is_one_of<Command, Remove, MetaRemove, BinaryRemove>) return CommandKind::Delete;
  if constexpr (is_one_of<Command, Touch>) return CommandKind::Touch;
  if constexpr (is_one_of<Command, Arithmetic, MetaArithmetic, BinaryArithmetic>) {
    return CommandKind::Arithmetic;
  }
  return CommandKind::Other;
}

template <size_t... Numbers>
constexpr auto kinds_of_types(std::index_sequence<Numbers...>) {
  return std::array{kind_of_type<std::variant_alternative_t<Numbers, protocol::Command>>()...};
}

constexpr auto kKinds =
    kinds_of_types(std::make_index_sequence<std::variant_size_v<protocol::Command>>());

}  // namespace

std::string_view name_of(CommandKind kind) noexcept {
  constexpr std::string_view kNames[] = {"get", "set", "delete", "touch", "incr", "other"};
  static_assert(std::size(kNames) == kCommandKindCount);
  return kNames[static_cast<size_t>(kind)];
}

CommandKind kind_of(const protocol::Command& command) noexcept {
  if (const auto* get = std::get_if<protocol::BinaryGet>(&command)) [[unlikely]] {
    return get->wants_value ? CommandKind::Get : CommandKind::Touch;
  }
  return kKinds[command.index()];
}

void LatencyCounts::add(const LatencyHistogram& worker) noexcept {
  for (size_t i = 0; i < buckets.size(); ++i) buckets[i] += worker.buckets_[i].get();
  nanoseconds += worker.nanoseconds_.get();
}

LatencyCounts& LatencyCounts::operator-=(const LatencyCounts& before) noexcept {
  for (size_t i = 0; i < buckets.size(); ++i) buckets[i] -= before.buckets[i];
  nanoseconds -= before.nanoseconds;
  return *this;
}

uint64_t LatencyCounts::count() const noexcept {
  return std::accumulate(buckets.begin(), buckets.end(), uint64_t{0});
}

uint64_t LatencyCounts::count_below(unsigned power) const noexcept {
  const size_t end = LatencyBuckets::bucket_of(uint64_t{1} << power);
  return std::accumulate(buckets.begin(), buckets.begin() + static_cast<ptrdiff_t>(end),
                         uint64_t{0});
}

uint64_t LatencyCounts::quantile(double share) const noexcept {
  const double wanted = share * static_cast<double>(count());
  uint64_t seen = 0;
  for (size_t i = 0; i < buckets.size(); ++i) {
    seen += buckets[i];
    if (seen > 0 && static_cast<double>(seen) >= wanted) return LatencyBuckets::top_of(i);
  }
  return 0;
}

}  // namespace larder::server
