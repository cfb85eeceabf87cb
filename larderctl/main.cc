// larderctl, the command line tool for operators.  Finds the command by its name and runs it.
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "base/version.h"
#include "larderctl/command.h"
#include "larderctl/copy_command.h"
#include "larderctl/drain_command.h"
#include "larderctl/export_command.h"
#include "larderctl/import_command.h"
#include "larderctl/nodes_command.h"
#include "larderctl/ring_command.h"
#include "larderctl/salvage_command.h"
#include "larderctl/snapshot_command.h"
#include "larderctl/snapshot_info_command.h"
#include "larderctl/verify_command.h"

namespace larder::ctl {
namespace {

constexpr Command kCommands[] = {
    {"copy", "copies the items of running servers to other servers", run_copy},
    {"drain", "makes a node leave its cluster", run_drain},
    {"export", "writes the items of a running server to a file", run_export},
    {"import", "stores the items of a file on servers", run_import},
    {"nodes", "lists the nodes of a cluster with their status", run_nodes},
    {"restore", "stores the items of a snapshot file on servers", run_restore},
    {"ring", "shows nodes of keys, shares of nodes, and what moves when nodes change", run_ring},
    {"salvage", "recovers the intact blocks of a damaged snapshot file", run_salvage},
    {"snapshot", "makes a server take a snapshot", run_snapshot},
    {"snapshot-info", "shows the header and the totals of a snapshot file", run_snapshot_info},
    {"snapshot-verify", "the same as verify", run_verify},
    {"verify", "checks a snapshot file", run_verify},
};

std::string help_text() {
  std::string text =
      "usage: larderctl COMMAND [options]\n"
      "       larderctl COMMAND --help\n"
      "       larderctl --version\n"
      "\n"
      "commands:\n";
  for (const Command& command : kCommands) {
    text += fmt::format("  {:<16}{}\n", command.name, command.summary);
  }
  text += "\nexit status: 0 success, 1 failure, 64 invalid command line\n";
  return text;
}

int run(const Words& words) {
  if (words.empty()) return refuse_usage("", base::fail("a command is missing"));
  const std::string& name = words.front();
  if (name == "--help" || name == "-h") return show(help_text()) ? 0 : kExitCannot;
  if (name == "--version" || name == "-V") {
    return show(fmt::format("larderctl {}\n", base::kLarderVersion)) ? 0 : kExitCannot;
  }
  for (const Command& command : kCommands) {
    if (command.name == name) return command.run({words.begin() + 1, words.end()});
  }
  return refuse_usage("", base::fail("unknown command " + name));
}

}  // namespace
}  // namespace larder::ctl

int main(int argc, char** argv) {
  return larder::ctl::run({argv + std::min(argc, 1), argv + argc});
}
