// Parameters of store operations besides key and value, and their outcomes.
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

// An item that a read creates if there is none: its value is empty, its exptime 0.
struct Placeholder {
  std::optional<uint64_t> cas = {};  // its CAS id; without one, a new id
  bool key_is_binary = false;
};

// The parameters of a write besides key and value.
struct WriteHead {
  WriteMode mode = WriteMode::Set;
  bool may_be_stale = false;  // mode Cas: accept a lower id, and mark the new item as stale
  bool creates = false;       // Append and Prepend: create a missing item
  bool key_is_binary = false;
  uint32_t flags = 0;
  base::Time exptime = 0;
  uint64_t cas = 0;  // the required CAS id: in mode Cas, and in Append and Prepend if it is not 0
  std::optional<uint64_t> new_cas = {};  // the item's new CAS id; without one, a new id
};

// The result of a write.
struct Written {
  uint64_t cas = 0;
  uint32_t value_size = 0;
};

// An item of a snapshot besides key and value.
struct RestoredItem {
  uint32_t flags = 0;
  base::Time exptime = 0;
  uint64_t cas = 0;    // 0: it gets a new id
  uint8_t traits = 0;  // of trait::kKeyIsBinary to kHasForeignCas
  uint8_t state = 0;   // of state::kFetched, kMain and the frequency
  uint32_t seconds_since_access = 0;
};

// The parameters of a counter change besides the key.
struct ArithmeticHead {
  uint64_t delta = 1;
  bool decrements = false;
  bool key_is_binary = false;
  uint64_t cas = 0;                      // the required CAS id; 0: any
  std::optional<uint64_t> new_cas = {};  // the new CAS id; without one, a new id
  std::optional<base::Time> exptime = {};
  std::optional<uint64_t> initial = {};  // stored unchanged if there is no item
  base::Time creation_exptime = 0;
};

// The result of a counter change.
struct Counted {
  uint64_t number = 0;
  uint64_t cas = 0;
  base::Time exptime_before = 0;
  ClassId class_id = kNoClass;
  bool is_new = false;
};

// The parameters of a removal besides the key.
struct Removal {
  std::optional<uint64_t> cas = {};  // the required CAS id
  bool invalidates = false;          // keep it as stale, with a new id and no recache token sent
  bool empties = false;              // keep it with an empty value and the same id
  uint32_t flags = 0;                // of an emptied item
  std::optional<base::Time> exptime = {};  // of a kept item; an emptied one without it has none
  std::optional<uint64_t> new_cas = {};    // of a kept item
};

}  // namespace larder::slab
