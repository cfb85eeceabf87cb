// Passes any bytes through the binary parser and the login parser, as a connection does, and checks
// all guarantees of protocol/parse.h at every step.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

#include "base/assertions.h"
#include "protocol/binary_frame.h"
#include "protocol/limits.h"
#include "protocol/login_commands.h"
#include "protocol/parse.h"
#include "protocol/request.h"
#include "tests/support/exact_copy.h"

namespace {

using namespace larder::protocol;
using larder::support::check_inside;
using larder::support::ExactCopy;

void check_command(const Request& request, Access access, std::string_view head) {
  std::visit(
      [&](const auto& command) {
        if constexpr (requires { command.name; }) {
          ASSERT(command.name.size() <= kKeySizeMax);
          check_inside(command.name, head);
        }
        if constexpr (requires { command.key; }) {
          ASSERT(!command.key.empty() && command.key.size() <= kKeySizeMax);
          check_inside(command.key, head);
        }
      },
      request.command);
  if (const auto* write = std::get_if<Write>(&request.command)) {
    ASSERT(write->value_size <= kBinaryBodySizeMax);
    ASSERT(write->exptime >= 0);
  }
  ASSERT(access != Access::Stranger || std::holds_alternative<Version>(request.command));
}

void check_login(const Login& login, Access access, std::string_view frame) {
  const auto& sasl = std::get<SaslRequest>(login.credentials);
  ASSERT(login.style.dialect == Dialect::Binary);
  ASSERT(access != Access::Open && sasl.mechanism.size() <= kSaslMechanismSizeMax);
  check_inside(sasl.mechanism, frame);
  check_inside(sasl.data, frame);
}

void check_verdict(const Parsed& parsed, std::string_view input) {
  ASSERT(parsed.consumed <= input.size());
  switch (parsed.verdict) {
    case Verdict::NeedMore: ASSERT(parsed.consumed == 0); break;
    case Verdict::Login:
    case Verdict::Complete: ASSERT(parsed.consumed >= kBinaryHeaderSize); break;
    case Verdict::Malformed:
      ASSERT(parsed.consumed >= kBinaryHeaderSize && parsed.complaint != Complaint::None);
      ASSERT(parsed.value_bytes_to_skip <= kBinaryBodySizeMax);
      break;
    case Verdict::Fatal: break;
  }
}

// A prefix of the same bytes gets the same verdict, or NeedMore.
void check_cuts(const Parsed& parsed, Access access, std::string_view input) {
  const size_t size = std::min<size_t>(parsed.consumed, 64);
  for (size_t cut = 0; cut < size; ++cut) {
    const ExactCopy prefix(input.substr(0, cut));
    Request request;
    Login login;
    const Parsed early = parse_binary(prefix.bytes(), access, &request, &login);
    ASSERT(early.verdict == Verdict::NeedMore);
  }
}

void run_binary(std::string_view input, Access access) {
  for (;;) {
    Request request;
    Login login;
    const Parsed parsed = parse_binary(input, access, &request, &login);
    check_verdict(parsed, input);
    if (parsed.verdict == Verdict::NeedMore || parsed.verdict == Verdict::Fatal) return;
    ASSERT(request.style.dialect == Dialect::Binary);
    if (parsed.verdict == Verdict::Complete) {
      check_command(request, access, input.substr(0, parsed.consumed));
      check_cuts(parsed, access, input);
    } else if (parsed.verdict == Verdict::Login) {
      check_login(login, access, input.substr(0, parsed.consumed));
      check_cuts(parsed, access, input);
    }
    input.remove_prefix(parsed.consumed);
    input.remove_prefix(std::min<size_t>(parsed.value_bytes_to_skip, input.size()));
  }
}

void run_login(std::string_view input) {
  for (;;) {
    Login login;
    const Parsed parsed = parse_text_login(input, 0, &login);
    ASSERT(parsed.consumed <= input.size() && parsed.value_bytes_to_skip == 0);
    if (parsed.verdict == Verdict::NeedMore) {
      ASSERT(input.size() <= kLineSizeMax + kLoginSizeMax + kValueTerminatorSize);
      return;
    }
    if (parsed.verdict == Verdict::Fatal) return;
    ASSERT(parsed.verdict != Verdict::Complete);
    if (parsed.verdict == Verdict::Login) {
      const auto& credentials = std::get<PasswordLogin>(login.credentials);
      check_inside(credentials.user, input);
      check_inside(credentials.password, input);
    }
    input.remove_prefix(parsed.consumed);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ExactCopy copy({reinterpret_cast<const char*>(data), size});
  for (const Access access : {Access::Open, Access::Stranger, Access::LoggedIn}) {
    run_binary(copy.bytes(), access);
  }
  run_login(copy.bytes());
  return 0;
}
