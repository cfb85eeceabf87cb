#include "slab/shown_classes.h"

#include <algorithm>
#include <numeric>

namespace larder::slab {
namespace {

// Joins the two neighbouring groups that differ least in size.  `firsts` has the start of each
// group, and the number of all classes as its last element; groups that start below `end` may be
// joined.
void join_most_alike(std::vector<size_t>& firsts, size_t end, const std::vector<ClassId>& ids,
                     const SizeClasses& classes) {
  const auto ratio = [&](size_t group) {
    const uint32_t smallest = classes.chunk_size(ids[firsts[group]]);
    const uint32_t largest = classes.chunk_size(ids[firsts[group + 2] - 1]);
    return static_cast<double>(largest) / smallest;
  };
  size_t best = 0;
  for (size_t group = 1; firsts[group + 1] < end; ++group) {
    if (ratio(group) < ratio(best)) best = group;
  }
  firsts.erase(firsts.begin() + static_cast<ptrdiff_t>(best) + 1);
}

}  // namespace

// The classes that are used only for pieces of large values come after those for whole items.  They
// differ much in size and therefore keep separate ids.
ShownClasses::ShownClasses(const SizeClasses& classes)
    : ids_(classes.count()), firsts_(classes.count() + 1), shown_ids_(classes.count() + 1) {
  std::iota(ids_.begin(), ids_.end(), ClassId{1});
  std::iota(firsts_.begin(), firsts_.end(), size_t{0});
  const size_t whole_item_classes = classes.class_for(classes.whole_item_max());
  while (count() > kIdMax) join_most_alike(firsts_, whole_item_classes, ids_, classes);
  for (size_t shown = 1; shown <= count(); ++shown) {
    for (const ClassId id : classes_of(shown)) shown_ids_[id] = static_cast<ShownClassId>(shown);
  }
}

std::span<const ClassId> ShownClasses::classes_of(size_t shown_id) const noexcept {
  if (shown_id < 1 || shown_id > count()) return {};
  return std::span(ids_).subspan(firsts_[shown_id - 1], firsts_[shown_id] - firsts_[shown_id - 1]);
}

ClassSet ShownClasses::classes_of(const ClassSet& shown_ids) const noexcept {
  ClassSet classes;
  for (size_t shown = 1; shown <= count(); ++shown) {
    if (!shown_ids[shown]) continue;
    for (const ClassId id : classes_of(shown)) classes.set(id);
  }
  return classes;
}

}  // namespace larder::slab
