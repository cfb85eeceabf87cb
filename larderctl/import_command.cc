#include "larderctl/import_command.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "larderctl/printable.h"
#include "larderctl/transfer/file_format.h"
#include "larderctl/transfer/lines_source.h"
#include "larderctl/transfer/run.h"
#include "larderctl/transfer/server_sink.h"
#include "larderctl/transfer/snapshot_source.h"
#include "larderctl/transfer_options.h"
#include "snapshot/verify.h"

namespace larder::ctl {
namespace {

constexpr std::string_view kImport = "import";
constexpr std::string_view kRestore = "restore";

std::vector<OptionRow> rows() {
  using namespace transfer_rows;
  return with_access_rows(with_key_rows({kServers, kHash, kOverwrite, kAllowPartial, kRate}));
}

std::string help_text(std::string_view name) {
  const std::string_view what =
      name == kImport
          ? "Stores the items of a file on servers.  The file is a snapshot, JSON lines or what\n"
            "memcached-tool dumped; the format is detected.  - is standard input.  "
          : "Stores the items of a snapshot file on servers.  ";
  return fmt::format(
             "usage: larderctl {} FILE HOST:PORT[,HOST:PORT...] [options]\n"
             "\n{}A list of\nservers is a ring: each key goes to the node that owns it.\n\n",
             name, what) +
         transfer_help(rows());
}

bool is_regular_standard_input() {
  struct stat info {};
  return ::fstat(STDIN_FILENO, &info) == 0 && S_ISREG(info.st_mode);
}

base::Result<std::unique_ptr<Source>> open_snapshot(const std::string& path,
                                                    const TransferOptions& options) {
  const auto keys = read_keys(options);
  if (!keys) return keys.error();
  // Damage is found before anything is stored.
  if (!options.allows_partial) {
    if (auto verified = snapshot::verify(path, nullptr); !verified) return verified.error();
  }
  auto source = SnapshotSource::open(path, *keys, options.allows_partial);
  if (!source) return source.error();
  return std::unique_ptr<Source>(std::make_unique<SnapshotSource>(std::move(*source)));
}

base::Result<std::unique_ptr<Source>> open_file(const TransferOptions& options, bool is_restore) {
  const std::string& path = options.operands.front();
  auto file = InputFile::open(path);
  if (!file) return file.error();
  while (file->in().unread().size() < kFormatBytes && !file->has_ended()) {
    if (auto done = file->read(); !done) return done.error();
  }
  const auto format = detect_format(file->in().unread().substr(0, kFormatBytes));
  if (is_restore && format != FileFormat::Snapshot) {
    return base::fail(file->name() + " is no snapshot; larderctl import knows other formats");
  }
  if (!format) {
    return base::fail(file->name() +
                      " is neither a snapshot, nor JSON lines, nor a dump of memcached-tool");
  }
  if (*format != FileFormat::Snapshot) {
    return std::unique_ptr<Source>(std::make_unique<LinesSource>(std::move(*file), *format));
  }
  if (path != "-") return open_snapshot(path, options);
  if (is_regular_standard_input()) return open_snapshot("/dev/stdin", options);
  return base::fail("a snapshot cannot come from a pipe: give its file");
}

// What is left to say about a snapshot of which only a part was taken.
void tell_damage(std::string_view name, const Source& source) {
  const auto* const snapshot = dynamic_cast<const SnapshotSource*>(&source);
  if (snapshot == nullptr || !snapshot->damage()) return;
  fmt::print(stderr, "larderctl {}: partial: {}\n", name, printable(snapshot->damage()->text));
}

int import_items(std::string_view name, const TransferOptions& options) {
  const std::string& target = options.servers.empty() ? options.operands[1] : options.servers;
  auto servers = read_servers(target, options.hash);
  if (!servers) return refuse_usage(name, servers.error());
  auto source = open_file(options, name == kRestore);
  if (!source) return refuse(name, base::fail(printable(source.error().text)));
  auto sink = ServerSink::connect(std::move(*servers), options.access, options.overwrites);
  if (!sink) return refuse(name, base::fail(printable(sink.error().text)));
  Run moving{.command = name, .verb = "stored", .sink = std::move(*sink)};
  moving.sources.push_back(std::move(*source));
  moving.context.limiter = RateLimiter(options.items_per_second);
  const int status = run_transfer(moving);
  tell_damage(name, *moving.sources.front());
  return status;
}

int run_either(std::string_view name, const Words& words) {
  const auto options = read_transfer_options(rows(), words);
  if (!options) return refuse_usage(name, options.error());
  if (options->help) return show(help_text(name)) ? 0 : kExitCannot;
  const size_t wanted = options->servers.empty() ? 2 : 1;
  if (options->operands.size() != wanted) {
    return refuse_usage(
        name, base::fail("expected FILE and the servers once, as an argument or by --servers"));
  }
  return import_items(name, *options);
}

}  // namespace

int run_import(const Words& words) { return run_either(kImport, words); }
int run_restore(const Words& words) { return run_either(kRestore, words); }

}  // namespace larder::ctl
