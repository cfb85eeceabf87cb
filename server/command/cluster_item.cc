#include "server/command/cluster_item.h"

#include "protocol/encode.h"

namespace larder::server {

using protocol::ReplyStyle;

std::optional<Discovery::Entry> ClusterItem::entry() {
  auto entry = context_.admin.discovery().cluster(context_.watch_teller.writer().descriptor());
  if (entry) context_.counters.config_get_commands.add();
  return entry;
}

[[gnu::noinline]] bool ClusterItem::answer(const protocol::Get& get, Outbox& out) {
  const auto found = entry();
  if (!found) return false;
  // Encoded in parts, so that encode_hit() has a single caller and is inlined there.
  protocol::encode_hit_head({Discovery::kClusterKey, found->flags,
                             static_cast<uint32_t>(found->value.size()), found->version},
                            get.with_cas, out.bytes());
  out.bytes().append(found->value);
  out.bytes().append("\r\n");
  return true;
}

[[gnu::noinline]] bool ClusterItem::answer(const protocol::MetaGet& get, const ReplyStyle& style,
                                           Outbox& out) {
  const auto found = entry();
  if (!found) return false;
  const protocol::MetaItem shown{.key = Discovery::kClusterKey,
                                 .key_is_binary = style.key_is_base64,
                                 .client_flags = found->flags,
                                 .value_size = static_cast<uint32_t>(found->value.size()),
                                 .cas = found->version};
  if (get.wants_value && get.known_cas != found->version) {
    protocol::encode_meta_value(found->value, shown, style, out.bytes());
  } else {
    protocol::encode_meta(protocol::MetaStatus::Done, shown, style, out.bytes());
  }
  return true;
}

[[gnu::noinline]] bool ClusterItem::answer(const protocol::BinaryGet& get, const ReplyStyle& style,
                                           Outbox& out) {
  if (!get.wants_value) return false;  // a TOUCH
  const auto found = entry();
  if (!found) return false;
  protocol::encode_binary_hit({.key = get.shows_key ? Discovery::kClusterKey : std::string_view(),
                               .flags = found->flags,
                               .value_size = static_cast<uint32_t>(found->value.size()),
                               .cas = found->version},
                              found->value, style, out.bytes());
  return true;
}

}  // namespace larder::server
