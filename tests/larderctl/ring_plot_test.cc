#include "larderctl/ring_plot.h"

#include <catch2/catch.hpp>

namespace larder::ctl {
namespace {

using client::Flow;
using client::Ring;
using client::RingKind;

Ring make(std::vector<client::RingNode> nodes) {
  auto ring = Ring::make(RingKind::Ketama, std::move(nodes));
  REQUIRE(ring);
  return std::move(*ring);
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("one ring is drawn as one row of bars") {
  const Ring ring = make({{"a", 1}, {"::1", 2, 3}});
  const Flow flow = {1000, 0, {300, 700}, {300, 700}, {0, 0}, {0, 0}};
  const std::string script = plot_script("the title", ring, ring, flow);
  CHECK(has(script, "set title \"the title\"\n"));
  CHECK(has(script, "set ytics (\"a:1\" 0, \"[::1]:2\" 1)\n"));
  CHECK(has(script, "\n0 30.0000 30.0000 25.0000\n1 70.0000 70.0000 75.0000\nEOD\n"));
  CHECK(has(script, "title \"share\""));
  CHECK_FALSE(has(script, "title \"before\""));
}

TEST_CASE("a change is drawn as two rows of bars, with a gap where a node is missing") {
  const Ring before = make({{"a", 1}, {"b", 1}});
  const Ring after = make({{"b", 1}, {"c", 1}});
  const Flow flow = {1000, 450, {400, 600}, {550, 450}, {400, 50}, {0, 450}};
  const std::string script = plot_script("", before, after, flow);
  CHECK(has(script, "set ytics (\"a:1\" 0, \"b:1\" 1, \"c:1\" 2)\n"));
  CHECK(has(script,
            "\n0 40.0000 0.0000 0.0000\n1 60.0000 55.0000 50.0000\n2 0.0000 45.0000 50.0000\n"));
  CHECK(has(script, "title \"before\""));
  CHECK(has(script, "title \"after\""));
}

}  // namespace
}  // namespace larder::ctl
