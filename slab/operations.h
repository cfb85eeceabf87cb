// What operations on the store say besides key and value, and how they end.
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "slab/size_classes.h"

namespace larder::slab {

enum class ReadOutcome : uint8_t { Hit, Missing, Expired, Flushed };

enum class WriteMode : uint8_t { Set, Add, Replace, Append, Prepend, Cas };
enum class WriteOutcome : uint8_t { Stored, NotStored, Exists, NotFound, OutOfMemory };

enum class ArithmeticOutcome : uint8_t { Done, NotFound, NotANumber, Exists, OutOfMemory };

enum class RemoveOutcome : uint8_t { Removed, NotFound, Exists, OutOfMemory };

enum class ReassignOutcome : uint8_t { Done, BadClass, NoSpare, Same };

// An item that a reader creates if there is none: its value is empty, its exptime 0.
struct Placeholder {
  std::optional<uint64_t> cas = {};  // the id it gets; without one, a new id
  bool key_is_binary = false;
};

// What a write says besides key and value.
struct WriteHead {
  WriteMode mode = WriteMode::Set;
  bool may_be_stale = false;  // mode Cas: an older id will do, for an item that is then stale
  bool creates = false;       // Append and Prepend: what is missing is created
  bool key_is_binary = false;
  uint32_t flags = 0;
  base::Time exptime = 0;
  uint64_t cas = 0;  // the id the item must have; mode Cas, and Append and Prepend if it is not 0
  std::optional<uint64_t> new_cas = {};  // the id the item gets; without one, a new id
};

// What a write made.
struct Written {
  uint64_t cas = 0;
  uint32_t value_size = 0;
};

// What a change of a counter says besides its key.
struct ArithmeticHead {
  uint64_t delta = 1;
  bool decrements = false;
  bool key_is_binary = false;
  uint64_t cas = 0;                      // the id the item must have; 0: any
  std::optional<uint64_t> new_cas = {};  // the id it gets; without one, a new id
  std::optional<base::Time> exptime = {};
  std::optional<uint64_t> initial = {};  // what is stored, as it is, if there is no item
  base::Time creation_exptime = 0;
};

// What it made.
struct Counted {
  uint64_t number = 0;
  uint64_t cas = 0;
  base::Time exptime_before = 0;
  ClassId class_id = kNoClass;
  bool is_new = false;
};

// What a removal says besides its key.
struct Removal {
  std::optional<uint64_t> cas = {};  // the id the item must have
  bool invalidates = false;          // it stays and is stale, with a new id; nobody renews it yet
  bool empties = false;              // it stays without its value, with its id
  uint32_t flags = 0;                // if it is emptied
  std::optional<base::Time> exptime = {};  // if it stays; emptied, it has none otherwise
  std::optional<uint64_t> new_cas = {};    // the id it gets if it stays
};

}  // namespace larder::slab
