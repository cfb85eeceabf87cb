#include "slab/item.h"

#include <catch2/catch.hpp>
#include <cstddef>
#include <new>

#include "slab/key.h"

namespace larder::slab {
namespace {

TEST_CASE("the fields of an item do not overlap in any layout") {
  const int traits = GENERATE(range(0, 8));
  CAPTURE(traits);
  alignas(8) char chunk[128];
  std::memset(chunk, '.', sizeof(chunk));
  Item* item = new (chunk) Item;
  item->traits = static_cast<uint8_t>(traits);
  item->key_size = 3;
  item->value_size = 5;

  item->set_cas(0x1122334455667788u);
  if (traits & trait::kHasFlags) item->set_flags(0xa1b2c3d4u);
  if (traits & trait::kLarge) {
    item->pins().store(77);
    item->set_first_piece(0x01020304u);
  }
  std::memcpy(chunk + item->key_offset(), "key", 3);
  std::memcpy(item->value(), "value", 5);

  CHECK(item->key() == "key");
  CHECK(std::string_view(item->value(), 5) == "value");
  CHECK(item->cas() == (traits & trait::kHasCas ? 0x1122334455667788u : 0));
  CHECK(item->flags() == (traits & trait::kHasFlags ? 0xa1b2c3d4u : 0));
  CHECK(item->is_large() == ((traits & trait::kLarge) != 0));
  if (traits & trait::kLarge) {
    CHECK(item->pins().load() == 77);
    CHECK(item->first_piece() == 0x01020304u);
    CHECK(reinterpret_cast<uintptr_t>(&item->pins()) % alignof(std::atomic<uint32_t>) == 0);
  }
  const uint32_t optional = (traits & trait::kHasCas ? 8u : 0u) +
                            (traits & trait::kHasFlags ? 4u : 0u) +
                            (traits & trait::kLarge ? 8u : 0u);
  CHECK(item->key_offset() == Item::kHeaderSize + optional);
  CHECK(chunk[item->key_offset() + 8] == '.');
}

TEST_CASE("the frequency is read from its bits of the state byte alone") {
  for (unsigned frequency = 0; frequency <= kFrequencyMax; ++frequency) {
    const auto bits = static_cast<uint8_t>(frequency << state::kFrequencyShift | state::kLinked |
                                           state::kPiece | state::kFetched);
    CHECK(state::frequency(bits) == frequency);
  }
}

TEST_CASE("a key is hashed with the seed of its store") {
  const base::Hasher one(1), other(2);
  CHECK(Key("name", one).hash == Key("name", one).hash);
  CHECK(Key("name", one).hash != Key("name", other).hash);
  CHECK(Key("name", one).hash != Key("names", one).hash);
  CHECK(Key("name", one).hash == one("name"));
  CHECK(Key("name", uint64_t{5}).hash == 5);
}

}  // namespace
}  // namespace larder::slab
