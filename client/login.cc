#include "client/login.h"

#include <string>

namespace larder::client {
namespace {

constexpr size_t kLineSizeMax = 2048;

}  // namespace

Outcome log_in(Connection& connection, const Login& login, Deadline deadline) {
  // The user name ends at the first blank, so a blank in it would move bytes to the password.
  if (login.user.find(' ') != std::string::npos) {
    return fail(ErrorCode::InvalidArgument, "the user name contains a blank");
  };
  const std::string text = login.user + " " + login.password;
  // The server only uses the value.  A server without authentication executes this as a set: the
  // unusual key avoids overwriting an application's item, and the negative exptime expires the
  // password immediately.
  const std::string head = "set larder-login 0 -1 " + std::to_string(text.size()) + "\r\n";
  const Outcome sent = connection.send_all(head + text + "\r\n", deadline);
  if (!sent) return sent;
  const Result<std::string> reply = connection.read_line(kLineSizeMax, deadline);
  if (!reply) return reply.error();
  if (*reply != "STORED") {
    return fail(ErrorCode::LoginRefused, "the login was refused: " + *reply);
  };
  return Done{};
}

}  // namespace larder::client
