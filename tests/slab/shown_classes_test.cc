#include "slab/shown_classes.h"

#include <catch2/catch.hpp>

namespace larder::slab {
namespace {

SizeClasses with_factor(double factor) {
  Options options;
  options.growth_factor = factor;
  return SizeClasses(options, kGranuleShiftMin);
}

TEST_CASE("a class keeps its id if there are no more classes than in memcached") {
  const SizeClasses classes = with_factor(1.25);
  const ShownClasses shown(classes);
  REQUIRE(classes.count() <= ShownClasses::kIdMax);
  CHECK(shown.count() == classes.count());
  for (size_t i = 1; i <= classes.count(); ++i) {
    const auto id = static_cast<ClassId>(i);
    CHECK(shown.id_of(id) == id);
    REQUIRE(shown.classes_of(i).size() == 1);
    CHECK(shown.classes_of(i)[0] == id);
  }
}

TEST_CASE("any number of classes is shown with 63 ids") {
  const double factor = GENERATE(1.01, 1.03, 1.07);
  CAPTURE(factor);
  const SizeClasses classes = with_factor(factor);
  const ShownClasses shown(classes);
  REQUIRE(classes.count() > ShownClasses::kIdMax);
  CHECK(shown.count() == ShownClasses::kIdMax);
  ClassId next = 1;
  for (size_t shown_id = 1; shown_id <= shown.count(); ++shown_id) {
    REQUIRE_FALSE(shown.classes_of(shown_id).empty());
    for (const ClassId id : shown.classes_of(shown_id)) {
      CHECK(id == next++);
      CHECK(shown.id_of(id) == shown_id);
    }
  }
  CHECK(next == classes.count() + 1);
}

TEST_CASE("classes that share an id have nearly the same size") {
  const auto [factor, ratio] = GENERATE(table<double, double>({{1.07, 1.16}, {1.01, 1.12}}));
  const SizeClasses classes = with_factor(factor);
  const ShownClasses shown(classes);
  for (size_t shown_id = 1; shown_id <= shown.count(); ++shown_id) {
    const auto shared = shown.classes_of(shown_id);
    if (shared.size() == 1) continue;  // small sizes may be further apart
    const double smallest = classes.chunk_size(shared.front());
    CAPTURE(factor, shown_id, smallest, classes.chunk_size(shared.back()));
    CHECK(classes.chunk_size(shared.back()) <= ratio * smallest);
  }
}

TEST_CASE("classes that only contain pieces share no id") {
  const SizeClasses classes = with_factor(1.01);
  const ShownClasses shown(classes);
  const size_t whole_item_classes = classes.class_for(classes.whole_item_max());
  REQUIRE(whole_item_classes < classes.count());
  for (size_t i = whole_item_classes + 1; i <= classes.count(); ++i) {
    CHECK(shown.classes_of(shown.id_of(static_cast<ClassId>(i))).size() == 1);
  }
}

TEST_CASE("unknown ids stand for no class") {
  const ShownClasses shown(with_factor(2));
  REQUIRE(shown.count() < ShownClasses::kIdMax);
  CHECK(shown.id_of(kNoClass) == 0);
  for (const size_t id : {size_t{0}, shown.count() + 1, size_t{64}, size_t{1} << 32}) {
    CHECK(shown.classes_of(id).empty());
  }
}

TEST_CASE("a set of ids stands for all their classes") {
  const SizeClasses classes = with_factor(1.01);
  const ShownClasses shown(classes);
  CHECK(shown.classes_of(ClassSet{}).none());
  CHECK(shown.classes_of(ClassSet{}.set()).count() == classes.count());
  ClassSet some;
  some.set(0).set(5).set(60).set(200);
  const ClassSet expanded = shown.classes_of(some);
  CHECK(expanded.count() == shown.classes_of(5).size() + shown.classes_of(60).size());
  for (const ClassId id : shown.classes_of(60)) CHECK(expanded[id]);
}

}  // namespace
}  // namespace larder::slab
