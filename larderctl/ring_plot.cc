#include "larderctl/ring_plot.h"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <memory>
#include <vector>

namespace larder::ctl {
namespace {

using client::Flow;
using client::Ring;
using client::RingNode;

constexpr int kWidth = 760;
constexpr size_t kMarginHeight = 130;  // title, axis and legend

// The palette of Okabe and Ito, which colour-blind people can distinguish, on an opaque background.
constexpr std::string_view kFrame = R"(set terminal svg size {width},{height} \
  background "#ffffff" font "sans-serif,12" noenhanced
set title "{title}"
set format x "%g %%"
set xrange [0:*]
set yrange [{rows}-0.5:-0.5]
set grid xtics lt 1 dt 1 lc "#dddddd"
set border 1 lc "#1b1f24"
set tics nomirror scale 0
set key outside bottom center horizontal
set style fill solid noborder
)";

using File = std::unique_ptr<std::FILE, decltype(&std::fclose)>;

File temporary_file() { return {std::tmpfile(), std::fclose}; }

struct Row {
  RingNode node;
  double before = 0, after = 0, fair = 0;
};

std::vector<Row> rows_of(const Ring& before, const Ring& after, const Flow& flow) {
  std::vector<Row> rows;
  for (size_t i = 0; i < before.nodes().size(); ++i) {
    rows.push_back({before.nodes()[i], flow.part(flow.before[i])});
  }
  const auto fair = client::fair_parts(after.nodes());
  for (size_t i = 0; i < after.nodes().size(); ++i) {
    const RingNode& node = after.nodes()[i];
    auto row = std::find_if(rows.begin(), rows.end(),
                            [&](const Row& other) { return other.node.is_same_server(node); });
    if (row == rows.end()) row = rows.insert(rows.end(), {node});
    row->after = flow.part(flow.after[i]);
    row->fair = fair[i];
  }
  return rows;
}

std::string bars(std::string_view column, double offset, double half_height, std::string_view name,
                 std::string_view colour) {
  return fmt::format(
      "$nodes using (${0}/2):($1{1:+.2f}):(${0}/2):({2:.2f}) with boxxyerror lc \"{4}\" "
      "title \"{3}\"",
      column, offset, half_height, name, colour);
}

// Runs gnuplot with these files as standard input and output; returns its exit status, or a
// negative number if it did not run.
int run_gnuplot(std::FILE* input, std::FILE* output) {
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ::fileno(input), STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, ::fileno(output), STDOUT_FILENO);
  char name[] = "gnuplot";
  char* const arguments[] = {name, nullptr};
  pid_t process = 0;
  const int refusal = ::posix_spawnp(&process, name, &actions, nullptr, arguments, environ);
  ::posix_spawn_file_actions_destroy(&actions);
  int status = -1;
  if (refusal != 0 || ::waitpid(process, &status, 0) != process) return -1;
  return status;
}

}  // namespace

std::string plot_script(const std::string& title, const Ring& before, const Ring& after,
                        const Flow& flow) {
  const bool has_changes = &before != &after;
  const std::vector<Row> rows = rows_of(before, after, flow);
  std::string script =
      fmt::format(fmt::runtime(kFrame), fmt::arg("width", kWidth),
                  fmt::arg("height", kMarginHeight + rows.size() * (has_changes ? 34 : 22)),
                  fmt::arg("title", title), fmt::arg("rows", rows.size()));
  std::string names, numbers;
  for (size_t i = 0; i < rows.size(); ++i) {
    names += fmt::format("{}\"{}\" {}", i == 0 ? "" : ", ", rows[i].node.text(), i);
    numbers += fmt::format("{} {:.4f} {:.4f} {:.4f}\n", i, rows[i].before * 100,
                           rows[i].after * 100, rows[i].fair * 100);
  }
  script += "set ytics (" + names + ")\n$nodes << EOD\n" + numbers + "EOD\nplot ";
  if (has_changes) {
    script += bars("2", -0.19, 0.17, "before", "#56b4e9") + ", \\\n  " +
              bars("3", +0.19, 0.17, "after", "#e69f00");
  } else {
    script += bars("3", 0, 0.36, "share", "#56b4e9");
  }
  return script +
         ", \\\n  $nodes using 4:($1-0.42):(0):(0.84) with vectors nohead lw 2 lc \"#1b1f24\" "
         "title \"fair\"\n";
}

base::Outcome draw(const std::string& script, const std::string& file) {
  const File input = temporary_file();
  const File output = temporary_file();
  if (!input || !output) return base::fail_errno("no temporary file");
  if (std::fwrite(script.data(), 1, script.size(), input.get()) != script.size() ||
      std::fflush(input.get()) != 0) {
    return base::fail_errno("cannot write a temporary file");
  }
  std::rewind(input.get());
  const int status = run_gnuplot(input.get(), output.get());
  if (status < 0) return base::fail("--plot needs gnuplot: on Debian, apt-get install gnuplot-nox");
  if (status != 0) return base::fail("gnuplot could not draw; what it says is above");
  std::rewind(output.get());
  std::ofstream picture(file, std::ios::binary);
  char bytes[1 << 14];
  while (const size_t size = std::fread(bytes, 1, sizeof(bytes), output.get())) {
    picture.write(bytes, static_cast<std::streamsize>(size));
  }
  picture.close();
  if (!picture) return base::fail_errno("cannot write " + file);
  return base::Done{};
}

}  // namespace larder::ctl
