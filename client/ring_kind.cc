#include "client/ring_kind.h"

#include <array>
#include <utility>

namespace larder::client {
namespace {

constexpr std::array<std::pair<RingKind, std::string_view>, 6> kNames = {{
    {RingKind::Ketama, "ketama"},
    {RingKind::KetamaPlain, "ketama-plain"},
    {RingKind::Twemproxy, "twemproxy"},
    {RingKind::Spymemcached, "spymemcached"},
    {RingKind::Rendezvous, "rendezvous"},
    {RingKind::Jump, "jump"},
}};

}  // namespace

std::string_view name_of(RingKind kind) noexcept {
  for (const auto& [known, name] : kNames) {
    if (known == kind) return name;
  }
  return "";
}

std::optional<RingKind> ring_kind_of(std::string_view name) noexcept {
  for (const auto& [kind, known] : kNames) {
    if (known == name) return kind;
  }
  return std::nullopt;
}

}  // namespace larder::client
