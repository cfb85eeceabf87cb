// Strangers: what they say is either who they are or the end of it.

#include <utility>

#include "base/assertions.h"
#include "server/auth/authentication.h"
#include "server/worker/turn.h"

namespace larder::server {

using protocol::Access;
using protocol::Complaint;

void Turn::answer_login(Connection& connection, SaslReply reply) {
  connection.login->reply = std::move(reply);
}

// False if this one was too many.  Probes that ask for the version may do so for ever.
bool Turn::count_attempt(Connection& connection, const protocol::Parsed& parsed) {
  if (parsed.verdict == protocol::Verdict::Complete &&
      std::holds_alternative<protocol::Version>(spare_request().command)) {
    return true;
  }
  if (connection.login == nullptr) connection.login = std::make_unique<LoginState>();
  return ++connection.login->attempt_count <= LoginState::kAttemptsMax;
}

// The request in spare_request() is a login.  It is taken by itself: what comes behind it is parsed
// by what came of it.
bool Turn::log_in(uint32_t number, const protocol::Parsed& parsed) {
  const protocol::Request request = spare_request();
  execute_batch();
  Part& part = parts_[number];
  if (part.is_stopped) return false;
  part.parsed += parsed.consumed;
  ++part.request_count;
  begin_output(number);
  Connection& connection = *part.connection;
  if (connection.login == nullptr) connection.login = std::make_unique<LoginState>();
  LoginState& login = *connection.login;
  login.style = request.style;
  if (const auto* named = std::get_if<protocol::Login>(&request.command)) {
    return end_attempt(number, authentication_.match(named->user, named->password));
  }

  const auto& sasl = std::get<protocol::SaslRequest>(request.command);
  login.kind = sasl.kind;
  // As upstream: whatever a client says about logging in, it has to log in from then on.
  connection.access = Access::Stranger;
  SaslService* const service = authentication_.sasl();
  if (service == nullptr) return end_attempt(number, false);
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
  stop(part, part.parsed);
  return false;
}

// What the service has answered.  False if this was the end of the connection.
bool Turn::resume_login(uint32_t number) {
  Connection& connection = *parts_[number].connection;
  LoginState& login = *connection.login;
  connection.holder = Holder::Worker;
  connection.watch.change(Interest::Readable);
  begin_output(number);
  const SaslReply reply = *std::exchange(login.reply, std::nullopt);
  if (reply.outcome == SaslOutcome::Continues) {
    executor_.tell(protocol::BinaryStatus::AuthenticationContinues, reply.text, login.style, out_);
    return true;
  }
  const bool is_done = reply.outcome == SaslOutcome::Done;
  if (is_done && login.kind == protocol::SaslRequest::Kind::List) {
    executor_.tell(protocol::BinaryStatus::Ok, reply.text, login.style, out_);
    return true;
  }
  return end_attempt(number, is_done);
}

// Lets the client in or not, and says so.  False if it has tried often enough.
bool Turn::end_attempt(uint32_t number, bool is_let_in) {
  Part& part = parts_[number];
  Connection& connection = *part.connection;
  LoginState& login = *connection.login;
  counters_.auth_commands.add();
  if (is_let_in) {
    executor_.welcome(login.style, out_);
    connection.access = Access::LoggedIn;
    connection.login.reset();
    return true;
  }
  counters_.auth_errors.add();
  // Of what the client said nothing: people write passwords where names belong.
  log_.tell(LogEvent::AuthenticationFailed, "A client was not let in.", [&](LogLine& line) {
    line.text("client", text_of(connection.peer));
    line.text("method", connection.input.is_binary() ? "sasl" : "file");
    line.number("refusals", login.refusal_count + 1u);
  });
  executor_.complain(Complaint::AuthenticationFailed, login.style, out_);
  if (++login.refusal_count < LoginState::kRefusalsMax) return true;
  connection.close_when_sent();
  stop(part, part.input.size());
  return false;
}

}  // namespace larder::server
