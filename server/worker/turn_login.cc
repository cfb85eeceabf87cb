#include "server/worker/turn_login.h"

#include <memory>
#include <string>
#include <utility>

#include "server/command/answers.h"

namespace larder::server {

using protocol::Access;
using protocol::Complaint;

bool TurnLogin::count_attempt(Connection& connection, const protocol::Parsed& parsed,
                              const protocol::Request& request) {
  if (parsed.verdict == protocol::Verdict::Complete &&
      std::holds_alternative<protocol::Version>(request.command)) {
    return true;
  }
  if (connection.login == nullptr) connection.login = std::make_unique<LoginState>();
  return ++connection.login->attempt_count <= LoginState::kAttemptsMax;
}

bool TurnLogin::begin(TurnPart& part, Outbox& replies) {
  Connection& connection = *part.connection;
  if (connection.login == nullptr) connection.login = std::make_unique<LoginState>();
  LoginState& login = *connection.login;
  login.style = parsed_.style;
  if (const auto* named = std::get_if<protocol::PasswordLogin>(&parsed_.credentials)) {
    return end_attempt(part, authentication_.match(named->user, named->password), named->user,
                       replies);
  }

  const auto& sasl = std::get<protocol::SaslRequest>(parsed_.credentials);
  login.kind = sasl.kind;
  // As in memcached, each SASL request, including LIST, ends an earlier login.
  connection.access = Access::Stranger;
  connection.user.reset();
  SaslService* const service = authentication_.sasl();
  if (service == nullptr) return end_attempt(part, false, {}, replies);
  if (login.session == nullptr) login.session = std::make_unique<SaslSession>();
  connection.holder = Holder::LoginService;
  connection.watch.change(Interest::Nothing);
  service->submit({.session = login.session.get(),
                   .kind = sasl.kind,
                   .mechanism = std::string(sasl.mechanism),
                   .data = std::string(sasl.data),
                   .on_done = [inbox = &inbox_, waiting = &connection](SaslReply reply) {
                     inbox->push_answer({.connection = waiting, .reply = std::move(reply)});
                   }});
  part.stop(part.parsed);
  return false;
}

bool TurnLogin::resume(TurnPart& part, Outbox& replies) {
  Connection& connection = *part.connection;
  LoginState& login = *connection.login;
  connection.holder = Holder::Worker;
  connection.watch.change(Interest::Readable);
  const SaslReply reply = *std::exchange(login.reply, std::nullopt);
  if (reply.outcome == SaslOutcome::Continues) {
    protocol::encode_binary_text(protocol::BinaryStatus::AuthenticationContinues, reply.text,
                                 login.style, replies.bytes());
    return true;
  }
  const bool is_done = reply.outcome == SaslOutcome::Done;
  if (is_done && login.kind == protocol::SaslRequest::Kind::List) {
    protocol::encode_binary_text(protocol::BinaryStatus::Ok, reply.text, login.style,
                                 replies.bytes());
    return true;
  }
  return end_attempt(part, is_done, reply.user, replies);
}

// Accepts or refuses the login.  False if the connection is closed because of too many refusals.
bool TurnLogin::end_attempt(TurnPart& part, bool is_let_in, std::string_view user,
                            Outbox& replies) {
  Connection& connection = *part.connection;
  LoginState& login = *connection.login;
  counters_.auth_commands.add();
  if (is_let_in) {
    answer_let_in(login.style, replies);
    connection.access = Access::LoggedIn;
    connection.user = std::make_unique<const std::string>(user);
    connection.login.reset();
    return true;
  }
  counters_.auth_errors.add();
  // Nothing that the client sent is logged, because users sometimes type a password as user name.
  log_.tell(LogEvent::AuthenticationFailed, "Authentication failed.", [&](LogLine& line) {
    line.text("client", text_of(connection.peer));
    line.text("method", connection.input.is_binary() ? "sasl" : "file");
    line.number("refusals", login.refusal_count + 1u);
  });
  answer(Complaint::AuthenticationFailed, login.style, replies);
  if (++login.refusal_count < LoginState::kRefusalsMax) return true;
  connection.close_when_sent();
  part.stop_for_good();
  return false;
}

}  // namespace larder::server
