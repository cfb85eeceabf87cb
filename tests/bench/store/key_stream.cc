#include "tests/bench/store/key_stream.h"

#include <cstring>
#include <string>

#include "tests/bench/load/random.h"

namespace larder::bench {

std::vector<Operation> draw_stream(const KeySpace& keys, const Popularity& popularity,
                                   uint64_t one_write_in, uint64_t seed) {
  std::vector<Operation> stream(kStreamLength);
  Random random(seed);
  std::string name;
  for (Operation& operation : stream) {
    name.clear();
    keys.append_key(popularity.draw(random), &name);
    std::memcpy(operation.name, name.data(), kKeySize);
    operation.writes = random.below(one_write_in) == 0;
  }
  return stream;
}

}  // namespace larder::bench
