#include "larderctl/transfer/tool_dump.h"

#include "base/words.h"
#include "larderctl/transfer/decimal_text.h"
#include "larderctl/transfer/value_line.h"

namespace larder::ctl {

std::optional<ToolHead> parse_tool_head(std::string_view line) noexcept {
  const std::string_view verb = base::take_word(line, " ");
  if (verb != "add" && verb != "set") return std::nullopt;
  const std::string_view key = base::take_word(line, " ");
  const auto flags = number_of<uint32_t>(base::take_word(line, " "));
  const auto exptime = number_of<int64_t>(base::take_word(line, " "));
  const auto size = number_of<uint64_t>(line);
  if (key.empty() || !flags || !exptime || !size) return std::nullopt;
  return ToolHead{.key = key, .flags = *flags, .exptime = *exptime, .size = *size};
}

int64_t expires_of_exptime(int64_t exptime, int64_t now) noexcept {
  constexpr int64_t kRelativeMax = 60 * 60 * 24 * 30;
  if (exptime < 0) return 1;
  if (exptime == 0 || exptime > kRelativeMax) return exptime;
  return now + exptime;
}

void append_tool_item(const Item& item, std::string& out) {
  out.append("add ").append(item.key).append(" ");
  append_decimal(item.flags, out);
  out += ' ';
  append_decimal(item.expires, out);
  out += ' ';
  append_decimal(item.value.size(), out);
  out.append("\r\n").append(item.value).append("\r\n");
}

}  // namespace larder::ctl
