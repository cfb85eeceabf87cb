// What a connection sends at once, and what must come back for it, part by part.
//
// Threads: a Batch is its connection's; the functions touch nothing else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/bench/load/key_chooser.h"
#include "tests/bench/load/key_space.h"
#include "tests/bench/load/options.h"

namespace larder::bench {

// The shapes that a part of a reply can have.
enum class Part : uint8_t {
  TextHit,        // VALUE <key> 0 <size>, the value, END
  TextHitUnique,  // the same with a cas unique, whatever it is
  TextItem,       // one item of several: without END
  TextEnd,        // the END after several items
  TextStored,
  MetaHit,  // VA <size>, the value
  BinaryHit,
  BinaryStored,
};

struct Expectation {
  uint64_t key_index;
  uint32_t key_begin;  // where the key stands in Batch::request
  Part part;
};

struct Batch {
  std::string request;
  std::vector<Expectation> parts;
  std::optional<uint64_t> written;  // SetGet: the key that was set and is yet to be got

  void clear() noexcept {
    request.clear();
    parts.clear();
  }
};

// What one answered part counts as: the END of a multiget belongs to its keys.
constexpr uint64_t operations_of(Part part) noexcept { return part == Part::TextEnd ? 0 : 1; }

// The workload that writes every key before `workload` runs.
constexpr Workload fill_workload(Workload workload) noexcept {
  const bool binary = workload == Workload::BinaryGet || workload == Workload::BinarySet;
  return binary ? Workload::BinarySet : Workload::Set;
}

// Appends one request: of `keys_per_request` keys for MultiGet, of one otherwise.
void append_request(Workload workload, uint32_t keys_per_request, const KeySpace& keys,
                    KeyChooser& chooser, Batch& batch);

}  // namespace larder::bench
