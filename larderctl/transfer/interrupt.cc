#include "larderctl/transfer/interrupt.h"

#include <csignal>

namespace larder::ctl {
namespace {

volatile std::sig_atomic_t g_is_interrupted = 0;

extern "C" void note_interrupt(int) { g_is_interrupted = 1; }

}  // namespace

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = note_interrupt;
  sigemptyset(&action.sa_mask);
  // Not SA_RESTART: a wait in poll() ends.  The second one does what signals do.
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

bool is_interrupted() noexcept { return g_is_interrupted != 0; }

}  // namespace larder::ctl
