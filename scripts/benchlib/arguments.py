"""Options that all bench scripts share: servers, load and CPUs."""

import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAM = ROOT / "build/release/larder"

EPILOG = ("A command template may contain {port}, {memory} (MB), {threads} and {connections}.  "
          "Example: --peer 'memcached=memcached -u root -l 127.0.0.1 -p {port} -m {memory} "
          "-t {threads} -c {connections} -U 0'")


def add_servers(parser, memory):
    """`memory` is the default of --memory."""
    add = parser.add_argument
    add("--larder", default=str(PROGRAM), metavar="PATH",
        help="the program, or 'none' to measure peers only")
    add("--load", metavar="PATH", help="larder-load; default: tests/larder-load beside the program")
    add("--peer", action="append", default=[], metavar="NAME=COMMAND",
        help="another server; ratios are relative to the first one")
    add("--memory", type=int, default=memory, help="MB for each server")
    add("--seed", type=int, default=1)
    add("--server-cpus", default="0", help="CPUs, as for taskset")
    add("--load-cpus", default="1", help="CPUs, as for taskset")


def templates_of(options):
    """(name, command template) of every server, Larder first."""
    templates = []
    if options.larder != "none":
        user = " -u root" if os.geteuid() == 0 else ""
        templates.append(("larder", f"{options.larder} -l 127.0.0.1 -p {{port}} -m {{memory}} "
                                    f"-t {{threads}} -c {{connections}}{user}"))
    return templates + [tuple(peer.split("=", 1)) for peer in options.peer]


def finish(parser, options):
    """Sets `load` and `yardstick`; ends the script when the options name no servers to measure."""
    if any("=" not in peer for peer in options.peer):
        parser.error("--peer wants NAME=COMMAND")
    names = [name for name, _ in templates_of(options)]
    if not names:
        parser.error("there is no server to measure")
    if len(set(names)) != len(names):
        parser.error("two servers have the same name")
    options.yardstick = options.peer[0].split("=", 1)[0] if options.peer else None
    if options.load is None:
        program = PROGRAM if options.larder == "none" else pathlib.Path(options.larder)
        options.load = str(program.parent / "tests/larder-load")
    if not os.access(options.load, os.X_OK):
        parser.error(f"there is no load generator {options.load}: build it, or give --load")
