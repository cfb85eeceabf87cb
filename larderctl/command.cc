#include "larderctl/command.h"

#include <fmt/format.h>

#include <cstdio>

namespace larder::ctl {

int refuse_usage(std::string_view command, const base::Error& error) {
  refuse(command, error);
  fmt::print(stderr, "larderctl {}{}--help says more\n", command, command.empty() ? "" : " ");
  return kExitUsage;
}

int refuse(std::string_view command, const base::Error& error) {
  fmt::print(stderr, "larderctl{}{}: {}\n", command.empty() ? "" : " ", command, error.text);
  return kExitCannot;
}

bool show(std::string_view text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() &&
         std::fflush(stdout) == 0;
}

}  // namespace larder::ctl
