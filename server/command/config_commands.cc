#include "server/command/config_commands.h"

#include "protocol/encode.h"
#include "server/command/answers.h"

namespace larder::server {

using protocol::BinaryStatus;
using protocol::Complaint;
using protocol::Dialect;
using protocol::ReplyStyle;
using protocol::Status;

namespace {

void answer_entry(const Discovery::Entry& entry, bool shows_name, const ReplyStyle& style,
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

}  // namespace

Progress ConfigCommands::run(const protocol::ConfigGet& get, const ReplyStyle& style, Outbox& out) {
  const Discovery& discovery = context_.admin.discovery();
  const bool is_binary = style.dialect == Dialect::Binary;
  if (get.name.empty() && discovery.refusal() != Complaint::None) {
    return answer_outcome(discovery.refusal(), style, out);
  }
  context_.counters.config_get_commands.add();
  if (get.name.empty()) {
    for (const auto& entry : discovery.all(context_.watch_teller.writer().descriptor())) {
      answer_entry(entry, true, style, out);
    }
    if (is_binary) protocol::encode_binary_stat({}, {}, style, out.bytes());
  } else if (const auto entry =
                 discovery.find(get.name, context_.watch_teller.writer().descriptor())) {
    answer_entry(*entry, get.shows_name, style, out);
  } else if (is_binary && !style.quiet) {
    protocol::encode_binary_miss(get.shows_name ? get.name : std::string_view(), style,
                                 out.bytes());
  }
  if (!is_binary) protocol::encode_status(Status::End, out.bytes());
  return Progress::Done;
}

void ConfigCommands::log_change(std::string_view act, std::string_view name,
                                const ReplyStyle& style) {
  context_.admin.log().tell(LogEvent::ConfigChanged, "A client changed a configuration.",
                            [&](LogLine& line) {
                              line.text("act", act);
                              line.text("name", name);
                              add_requester(line, context_.requester(style));
                            });
}

Progress ConfigCommands::run(const protocol::ConfigSet& config, const ReplyStyle& style,
                             Outbox& out) {
  const Complaint refusal = refusal_of(config);
  if (refusal != Complaint::None) return answer_outcome(refusal, style, out);
  context_.counters.config_set_commands.add();
  if (!context_.trim_value(style)) return answer_outcome(Complaint::BadDataChunk, style, out);
  const Complaint complaint = context_.admin.discovery().set(config, context_.value);
  if (complaint != Complaint::None) return answer_outcome(complaint, style, out);
  log_change("set", config.name, style);
  answer(Status::Stored, style, out);
  return Progress::Done;
}

Progress ConfigCommands::run(const protocol::ConfigDelete& config, const ReplyStyle& style,
                             Outbox& out) {
  Discovery& discovery = context_.admin.discovery();
  if (discovery.refusal() != Complaint::None)
    return answer_outcome(discovery.refusal(), style, out);
  if (discovery.remove(config.name)) {
    log_change("delete", config.name, style);
    answer(Status::Deleted, style, out);
  } else if (style.dialect == Dialect::Binary) {
    answer(BinaryStatus::NotFound, 0, style, out);
  } else {
    answer(Status::NotFound, style, out);
  }
  return Progress::Done;
}

}  // namespace larder::server
