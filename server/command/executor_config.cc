// Auto Discovery, and the item by which clients get the cluster's list who do not know it.
#include "server/command/executor.h"

namespace larder::server {

using protocol::BinaryStatus;
using protocol::Complaint;
using protocol::Dialect;
using protocol::Status;

void Executor::encode_entry(const Discovery::Entry& entry, bool shows_name, const Style& style,
                            Outbox& out) {
  if (style.dialect != Dialect::Binary) {
    return protocol::encode_config(entry.name, entry.flags, entry.value, out.bytes());
  }
  protocol::encode_binary_hit({.key = shows_name ? std::string_view(entry.name) : "",
                               .flags = entry.flags,
                               .value_size = static_cast<uint32_t>(entry.value.size()),
                               .cas = 0},
                              entry.value, style, out.bytes());
}

Progress Executor::run(const protocol::ConfigGet& get, const Style& style, Outbox& out) {
  const Discovery& discovery = admin_.discovery();
  const bool is_binary = style.dialect == Dialect::Binary;
  if (get.name.empty() && discovery.refusal() != Complaint::None) {
    return conclude(discovery.refusal(), style, out);
  }
  counters_.config_get_commands.add();
  if (get.name.empty()) {
    for (const auto& entry : discovery.all(watch_writer_.descriptor())) {
      encode_entry(entry, true, style, out);
    }
    if (is_binary) protocol::encode_binary_stat({}, {}, style, out.bytes());
  } else if (const auto entry = discovery.find(get.name, watch_writer_.descriptor())) {
    encode_entry(*entry, get.shows_name, style, out);
  } else if (is_binary && !style.quiet) {
    protocol::encode_binary_miss(get.shows_name ? get.name : std::string_view(), style,
                                 out.bytes());
  }
  if (!is_binary) protocol::encode_status(Status::End, out.bytes());
  return Progress::Done;
}

Complaint Executor::refusal_of(const protocol::ConfigSet& config) const noexcept {
  return admin_.discovery().refusal_of(config);
}

Progress Executor::run(const protocol::ConfigSet& config, const Style& style, Outbox& out) {
  const Complaint refusal = refusal_of(config);
  if (refusal != Complaint::None) return conclude(refusal, style, out);
  counters_.config_set_commands.add();
  if (!ends_well(style)) return conclude(Complaint::BadDataChunk, style, out);
  value_.remove_suffix(protocol::terminator_size(style));
  const Complaint complaint = admin_.discovery().set(config, value_);
  if (complaint != Complaint::None) return conclude(complaint, style, out);
  say(Status::Stored, style, out);
  return Progress::Done;
}

Progress Executor::run(const protocol::ConfigDelete& config, const Style& style, Outbox& out) {
  Discovery& discovery = admin_.discovery();
  if (discovery.refusal() != Complaint::None) return conclude(discovery.refusal(), style, out);
  if (discovery.remove(config.name)) {
    say(Status::Deleted, style, out);
  } else if (style.dialect == Dialect::Binary) {
    say_binary(BinaryStatus::NotFound, 0, style, out);
  } else {
    say(Status::NotFound, style, out);
  }
  return Progress::Done;
}

// --- The item -----------------------------------------------------------------------------------

// Out of line, because what calls them is what every get runs through.
//
// Nothing of the kind is stored: where a cluster is configured nobody can, and where none is, what
// somebody has stored is a hit like others.
std::optional<Discovery::Entry> Executor::cluster_as_item() {
  auto entry = admin_.discovery().cluster(watch_writer_.descriptor());
  if (entry) counters_.config_get_commands.add();
  return entry;
}

[[gnu::noinline]] bool Executor::show_cluster(const protocol::Get& get, Outbox& out) {
  const auto entry = cluster_as_item();
  if (!entry) return false;
  // In pieces, so that encode_hit() has one caller and is compiled into it.
  protocol::encode_hit_head({Discovery::kClusterKey, entry->flags,
                             static_cast<uint32_t>(entry->value.size()), entry->version},
                            get.with_cas, out.bytes());
  out.bytes().append(entry->value);
  out.bytes().append("\r\n");
  return true;
}

[[gnu::noinline]] bool Executor::show_cluster(const protocol::MetaGet& get, const Style& style,
                                              Outbox& out) {
  const auto entry = cluster_as_item();
  if (!entry) return false;
  const protocol::MetaItem shown{.key = Discovery::kClusterKey,
                                 .key_is_binary = style.key_is_base64,
                                 .client_flags = entry->flags,
                                 .value_size = static_cast<uint32_t>(entry->value.size()),
                                 .cas = entry->version};
  if (get.wants_value && get.known_cas != entry->version) {
    protocol::encode_meta_value(entry->value, shown, style, out.bytes());
  } else {
    protocol::encode_meta(protocol::MetaStatus::Done, shown, style, out.bytes());
  }
  return true;
}

[[gnu::noinline]] bool Executor::show_cluster(const protocol::BinaryGet& get, const Style& style,
                                              Outbox& out) {
  if (!get.wants_value) return false;  // a TOUCH
  auto entry = cluster_as_item();
  if (!entry) return false;
  protocol::encode_binary_hit({.key = get.shows_key ? Discovery::kClusterKey : std::string_view(),
                               .flags = entry->flags,
                               .value_size = static_cast<uint32_t>(entry->value.size()),
                               .cas = entry->version},
                              entry->value, style, out.bytes());
  return true;
}

}  // namespace larder::server
