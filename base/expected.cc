#include "base/expected.h"

#include "base/assertions.h"

namespace larder::base {

void wrong_side_of_expected(const char* wanted) noexcept {
  assertion_failed(wanted, "a result that has none", 0);
}

}  // namespace larder::base
