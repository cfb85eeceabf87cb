#!/usr/bin/python3
"""The client library can be installed, found by CMake and by pkg-config, and used.

    python3 tests/packaging/client_package_test.py --larder build/release/larder \\
        --build build/release --compiler g++ client/examples/*.cc

Installs the component `client` of the build into a temporary prefix, builds the examples with it in
both ways and runs them with a server; also an application with source files that have the same
names as the library's.  docs/client.md shows one of the examples verbatim, and lists the headers.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "clients"))

from harness import Server, TestFailure, arguments, check, check_equal, shorten  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent.parent
SECONDS_MAX = 120

PROJECT = """cmake_minimum_required(VERSION 3.25)
project(user LANGUAGES CXX)
find_package(larder-client 0.1 REQUIRED)
foreach(name {names})
  add_executable(${{name}} {sources}/${{name}}.cc)
  target_link_libraries(${{name}} PRIVATE larder::client)
endforeach()
"""

# For each example: its arguments besides the server, and its output in the first and second run.
SESSIONS = {
    "quickstart": (
        [],
        "greeting: hello\nswapped: 1\nvisits: 1\ngood bye\n1\nnothing\n",
        "greeting: hello\nswapped: 1\nvisits: 2\ngood bye\n2\nnothing\n",
    ),
    "page_cache": (
        ["start", "missing", "start"],
        "<h1>start</h1> (made)\nthere is no page missing\n<h1>start</h1> (cached)\n",
        "<h1>start</h1> (cached)\nthere is no page missing\n<h1>start</h1> (cached)\n",
    ),
}


# Files that an application may have, and that were once confused with the library's.
OWN_FILES = ("base/result.h", "base/expected.h", "base/unique_fd.h", "client/client.h",
             "client/address.h", "client/error.h", "client/options.h", "error.h", "options.h",
             "address.h", "client.h", "expected.h")

APPLICATION = """{includes}
#include <larder/background_poller.h>
#include <larder/client.h>

#include <cstdio>

#ifdef ASSERT
#error the library defines a macro that is not its own
#endif

// Names that the application's own headers have declared.
constexpr int kOwn = {own};

int main(int count, char** words) {{
  namespace lc = larder::client;
  const auto address = lc::parse_address(count > 1 ? words[1] : "");
  if (!address) return address.error().code == lc::ErrorCode::InvalidArgument ? 3 : 4;
  lc::Options options;
  options.nodes.push_back({{.address = *address}});
  const auto client = lc::Client::make(options);
  if (!client || !(*client)->set("own", "1")) return 5;
  const lc::BackgroundPoller poller(**client, std::chrono::seconds(1));
  options.tls = lc::TlsOptions{{.ca_file = "no such file"}};
  const auto encrypted = lc::Client::make(options);
  std::printf("%d %d\\n", kOwn, static_cast<int>(encrypted.has_value()));
  return 0;
}}
"""


def run(command, **options):
    """The output of a command, which must succeed."""
    ended = subprocess.run(
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=SECONDS_MAX,
        check=False,
        **options,
    )
    text = ended.stdout.decode(errors="replace")
    check(ended.returncode == 0, f"{shorten(command)}: status {ended.returncode}\n{text}")
    return text


def install(build, prefix):
    run(["cmake", "--install", build, "--prefix", prefix, "--component", "client"])
    installed = {str(path.relative_to(prefix)) for path in prefix.rglob("*") if path.is_file()}
    headers = {path for path in installed if path.startswith("include/")}
    check_equal(headers, {f"include/larder/{name}" for name in documented_headers()},
                "the headers that are installed, against docs/client.md")
    foreign = [path for path in installed if not path.endswith((".h", ".a", ".cmake", ".pc"))]
    check_equal(foreign, [], "what has no business in the package")


def documented_headers():
    """The names in the table of headers."""
    text = (ROOT / "docs/client.md").read_text(encoding="utf-8")
    return set(re.findall(r"^\| `<larder/(\w+\.h)>`", text, re.MULTILINE))


def every_header_compiles(compiler, prefix, folder):
    """Checks that every installed header and its includes compile."""
    headers = sorted((prefix / "include/larder").glob("*.h"))
    source = folder / "headers.cc"
    flags = ["-I", prefix / "include", "-Wall", "-Wextra", "-Wconversion", "-Wshadow"]
    for path in headers:
        source.write_text(f"#include <larder/{path.name}>\n#include <larder/{path.name}>\n")
        run([compiler, "-std=c++20", "-Werror", "-fsyntax-only", *flags, source])
        includes = re.findall(r'#include "([^"]+)"', path.read_text(encoding="utf-8"))
        check_equal([name for name in includes if "/" in name], [], f"includes of {path.name}")


def by_cmake(compiler, prefix, folder, examples):
    """The folder with the examples, built with find_package()."""
    names = [path.stem for path in examples]
    project = PROJECT.format(names=" ".join(names), sources=examples[0].parent)
    (folder / "CMakeLists.txt").write_text(project)
    build = folder / "build"
    run(["cmake", "-S", folder, "-B", build, f"-DCMAKE_CXX_COMPILER={compiler}",
         f"-DCMAKE_PREFIX_PATH={prefix}"])
    run(["cmake", "--build", build])
    return build


def pkg_config_flags(prefix):
    found = [str(path.parent) for path in prefix.rglob("larder-client.pc")]
    check_equal(len(found), 1, "files named larder-client.pc")
    # In addition to the usual directories, for libmd's file.
    paths = ":".join(found + os.environ.get("PKG_CONFIG_PATH", "").split(":")).strip(":")
    environment = {**os.environ, "PKG_CONFIG_PATH": paths}
    flags = run(["pkg-config", "--cflags", "--libs", "larder-client"], env=environment).split()
    check(any(flag.startswith(f"-L{prefix}") for flag in flags), f"pkg-config prints {flags}")
    return flags


def by_pkg_config(compiler, prefix, folder, examples):
    """The folder with the examples, built with the flags of pkg-config."""
    flags = pkg_config_flags(prefix)
    for path in examples:
        # Its flags follow the source, which needs the library.
        run([compiler, "-std=c++20", path, "-o", folder / path.stem, *flags])
    return folder


def examples_work(binary, folder, examples):
    with Server(binary) as server:
        for path in examples:
            words, *outputs = SESSIONS[path.stem]
            for output in outputs:
                said = run([folder / path.stem, f"127.0.0.1:{server.port}", *words])
                check_equal(said, output, f"what {path.stem} says")


def an_application_may_share_file_names(binary, compiler, prefix, folder):
    """The application uses its own files, and the library its own."""
    own = folder / "own"
    for number, name in enumerate(OWN_FILES):
        path = own / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"inline constexpr int kOwn{number} = 1;\n", encoding="ascii")
    source = folder / "application.cc"
    source.write_text(APPLICATION.format(
        includes="\n".join(f'#include "{name}"' for name in OWN_FILES),
        own=" + ".join(f"kOwn{number}" for number in range(len(OWN_FILES)))), encoding="ascii")
    flags = pkg_config_flags(prefix)
    for order in (["-I", own, *flags], [*flags, "-I", own]):
        program = folder / "application"
        run([compiler, "-std=c++20", "-Wall", "-Werror", source, "-o", program, *order])
        with Server(binary) as server:
            check_equal(run([program, f"127.0.0.1:{server.port}"]), f"{len(OWN_FILES)} 0\n",
                        "what the application says")


def docs_show(example):
    shown = (ROOT / "docs/client.md").read_text(encoding="utf-8")
    check(example.read_text(encoding="utf-8") in shown, f"docs/client.md does not show {example}")


def main():
    parser = arguments("The client library as a package.")
    parser.add_argument("--build", type=Path, required=True, help="the build to install from")
    parser.add_argument("--compiler", required=True)
    parser.add_argument("examples", nargs="+", type=Path)
    given = parser.parse_args()
    examples = [path.resolve() for path in given.examples]
    try:
        check_equal({path.stem for path in examples}, set(SESSIONS), "the examples")
        docs_show(next(path for path in examples if path.stem == "quickstart"))
        with tempfile.TemporaryDirectory() as name:
            prefix, folder = Path(name) / "prefix", Path(name) / "user"
            (folder / "plain").mkdir(parents=True)
            install(given.build, prefix)
            every_header_compiles(given.compiler, prefix, folder)
            built = by_cmake(given.compiler, prefix, folder, examples)
            examples_work(given.larder, built, examples)
            plain = by_pkg_config(given.compiler, prefix, folder / "plain", examples)
            examples_work(given.larder, plain, examples)
            an_application_may_share_file_names(given.larder, given.compiler, prefix, folder)
    except (TestFailure, OSError, subprocess.TimeoutExpired) as error:
        print(f"FAILED  {error}")
        sys.exit(1)
    print("passed")


if __name__ == "__main__":
    main()
