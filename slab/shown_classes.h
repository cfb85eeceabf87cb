// The class ids that clients see.
//
// memcached has at most 63 classes, and clients rely on that: to list all keys, libmemcached sends
// `stats cachedump` for the ids 1 to 63.  If a store has more classes, classes of similar size
// share an id.  Clients see and use only these ids; a ClassId is internal.
//
// Threads: const after construction.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "slab/size_classes.h"

namespace larder::slab {

using ShownClassId = uint8_t;

class ShownClasses {
 public:
  static constexpr size_t kIdMax = 63;

  explicit ShownClasses(const SizeClasses& classes);

  // Ids are 1 to count(), which is kIdMax at most.
  size_t count() const noexcept { return firsts_.size() - 1; }
  // 0 for kNoClass.
  ShownClassId id_of(ClassId id) const noexcept { return shown_ids_[id]; }
  // The classes that share an id, by ascending ClassId; none if there is no such id.
  std::span<const ClassId> classes_of(size_t shown_id) const noexcept;
  // The classes of all ids of a set; ids that do not exist are ignored.
  ClassSet classes_of(const ClassSet& shown_ids) const noexcept;

 private:
  std::vector<ClassId> ids_;             // of all classes
  std::vector<size_t> firsts_;           // by shown id - 1: index of its first class in ids_
  std::vector<ShownClassId> shown_ids_;  // by ClassId
};

}  // namespace larder::slab
