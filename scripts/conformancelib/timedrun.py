#!/usr/bin/env python3
"""Runs a command with a time limit in seconds.  Usage: timedrun <seconds> <command> [<argument>...]

The first HUP, INT, USR1 or TERM is passed on to the command; so is every HUP.  After another
signal, or after five seconds, it gets a TERM, and after that a KILL.  The exit status is
the command's, or 128 and the number of the signal that ended it.
"""

import os
import signal
import sys

FORWARDED = {signal.SIGHUP, signal.SIGINT, signal.SIGUSR1, signal.SIGTERM}
ESCALATION_SECONDS = 5


class Command:
    """The command with its time limit."""

    def __init__(self, words):
        self.urgency = 0  # number of signals sent so far to end it
        self.pid = os.fork()
        if self.pid == 0:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, FORWARDED | {signal.SIGALRM})
            try:
                os.execvp(words[0], words)
            except OSError as error:
                print(f"timedrun: {words[0]}: {error.strerror}", file=sys.stderr)
                os._exit(os.EX_SOFTWARE)

    def on_signal(self, number, _frame):
        if number == signal.SIGHUP:
            return self.send(number)
        first = signal.SIGTERM if number == signal.SIGALRM else number
        self.send([first, signal.SIGTERM, signal.SIGKILL][min(self.urgency, 2)])
        self.urgency += 1
        signal.alarm(ESCALATION_SECONDS)
        return None

    def send(self, number):
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            pass  # it has ended, and the wait below returns

    def wait(self):
        _, status = os.waitpid(self.pid, 0)
        return os.WEXITSTATUS(status) if os.WIFEXITED(status) else 0x80 | os.WTERMSIG(status)


def main():
    if len(sys.argv) < 3 or not sys.argv[1].isdigit() or not 0 < int(sys.argv[1]) < 1800:
        sys.exit(__doc__.splitlines()[0])
    # A signal that arrives before the command starts is sent to it later.
    signal.pthread_sigmask(signal.SIG_BLOCK, FORWARDED)
    command = Command(sys.argv[2:])
    for number in FORWARDED | {signal.SIGALRM}:
        signal.signal(number, command.on_signal)
    signal.alarm(int(sys.argv[1]))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, FORWARDED)
    sys.exit(command.wait())


if __name__ == "__main__":
    main()
