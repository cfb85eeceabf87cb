#include "client/login.h"

#include <string>

namespace larder::client {
namespace {

constexpr size_t kLineSizeMax = 2048;

base::Outcome log_in(Connection& connection, const Login& login, Deadline deadline) {
  // The first blank ends the name, so one in it would move bytes from the name to the password.
  if (login.user.find(' ') != std::string::npos) return base::fail("a user's name with a blank");
  const std::string text = login.user + " " + login.password;
  // The server looks at the value only.  One without logins takes this for a set: so nobody's key
  // is written over, and the password is over at once.
  const std::string head = "set larder-login 0 -1 " + std::to_string(text.size()) + "\r\n";
  const base::Outcome sent = connection.send_all(head + text + "\r\n", deadline);
  if (!sent) return sent;
  const base::Result<std::string> reply = connection.read_line(kLineSizeMax, deadline);
  if (!reply) return reply.error();
  if (*reply != "STORED") return base::fail("the login was refused: " + *reply);
  return base::Done{};
}

}  // namespace

base::Result<Connection> connect_and_log_in(const Address& address,
                                            const std::optional<Login>& login, Deadline deadline) {
  base::Result<Connection> connection = Connection::connect(address, deadline);
  if (!connection || !login) return connection;
  const base::Outcome logged_in = log_in(*connection, *login, deadline);
  if (!logged_in) return base::fail(address.text() + ": " + logged_in.error().text);
  return connection;
}

}  // namespace larder::client
