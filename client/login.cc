#include "client/login.h"

#include <string>

namespace larder::client {
namespace {

constexpr size_t kLineSizeMax = 2048;

}  // namespace

Outcome log_in(Connection& connection, const Login& login, Deadline deadline) {
  // The first blank ends the name, so one in it would move bytes from the name to the password.
  if (login.user.find(' ') != std::string::npos) {
    return fail(ErrorCode::InvalidArgument, "a user's name with a blank");
  };
  const std::string text = login.user + " " + login.password;
  // The server looks at the value only.  One without logins takes this for a set: so nobody's key
  // is written over, and the password is over at once.
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
