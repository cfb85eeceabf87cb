#!/usr/bin/python3
"""larderctl's export, import and restore, between files and running servers.

    python3 tests/larderctl/files_test.py --larder build/release/larder
        --larderctl build/release/larderctl
"""

import base64
import json
import os
import pty
import re
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from transfer_harness import (
    EXIT_CANNOT, EXIT_USAGE, ITEMS, Tools, address, check, check_counts, check_equal,
    check_items, counts, dump, expiries_of, exported, fetch, fill, in_folder, item_count,
    larder, main, memcached, old, run, store, wait_for)

ALL = len(ITEMS)
TEXT_ITEMS = [item for item in ITEMS if b" " not in item[0] and b"\0" not in item[0]]
BINARY = ALL - len(TEXT_ITEMS)
TOOL = "/usr/share/memcached/scripts/memcached-tool"


@in_folder
def items_come_back_out_of_a_file(folder):
    for way in ("snapshot", "jsonl"):
        for start, end in ((memcached, larder), (larder, memcached)):
            path = folder / "file"
            with start() as source:
                store(source, ITEMS)
                times = expiries_of(source)
                summary, _ = run("export", address(source), path, "--format", way)
                check_counts(summary, copied=ALL)
            with end() as target:
                check_counts(run("import", path, address(target))[0], copied=ALL)
                check_items(target, ITEMS, times)


@in_folder
def cas_ids_come_back(folder):
    for way in ("snapshot", "jsonl"):
        with larder() as source:
            store(source, ITEMS)
            ids = {key: times[2] for key, times in dump(source).items()}
            run("export", address(source), folder / "file", "--format", way)
        with larder() as target:
            run("import", folder / "file", address(target))
            check_equal({key: times[2] for key, times in dump(target).items()}, ids, "CAS ids")


@in_folder
def a_dump_is_that_of_memcached_tool(folder):
    with memcached() as source:
        store(source, TEXT_ITEMS)
        path = folder / "dump"
        summary, _ = run("export", address(source), path, "--format", "memcached-tool")
        check_counts(summary, copied=len(TEXT_ITEMS))
        ours = path.read_bytes()
        if os.path.exists(TOOL):
            theirs = subprocess.run([TOOL, address(source), "dump"], check=True,
                                    capture_output=True, timeout=60).stdout
            check_equal(sorted(records_of(ours)), sorted(records_of(theirs)), "records")
        times = expiries_of(source)
    for data in (ours, theirs if os.path.exists(TOOL) else ours):
        with larder() as target:
            summary, _ = run("import", "-", address(target), given=data)
            check_counts(summary, copied=len(TEXT_ITEMS))
            check_items(target, TEXT_ITEMS, times)


def records_of(data):
    """The records of a dump of memcached-tool."""
    records = []
    while data:
        end = data.index(b"\r\n")
        size = end + 2 + int(data[:end].split(b" ")[4]) + 2
        records.append(data[:size])
        data = data[size:]
    return records


@in_folder
def a_dump_leaves_out_what_it_cannot_have(folder):
    with larder() as source:
        store(source, ITEMS)
        summary, _ = run("export", address(source), folder / "dump", "--format", "memcached-tool")
        check_counts(summary, copied=len(TEXT_ITEMS), skipped=BINARY)
        check(f"{BINARY}: the format cannot have the key" in summary, summary)


@in_folder
def lines_go_to_standard_output(folder):
    with larder() as source:
        store(source, ITEMS)
        lines, summary = run("export", address(source), "-", "--format", "jsonl")
        check_counts(summary, copied=ALL)
        items = [json.loads(line) for line in lines.splitlines()]
    found = {base64.b64decode(item["key64"]) if "key64" in item else item["key"].encode(): item
             for item in items}
    check_equal(set(found), {item[0] for item in ITEMS}, "keys")
    for key, value, flags, ttl in ITEMS:
        item = found[key]
        text = base64.b64decode(item["value64"]) if "value64" in item else item["value"].encode()
        check_equal((text, item["flags"]), (value, flags), f"value and flags of {key[:40]!r}")
        left = item["expires"] - time.time()
        check(item["expires"] == 0 if ttl == 0 else ttl - 60 < left <= ttl + 1,
              f"{key[:40]!r} expires in {left} s, not {ttl}")
        check_equal(item.get("binary", False), key in (b"with blank", b"\x00\xff\n\r"), "binary")
    del folder


@in_folder
def handwritten_lines_are_imported(folder):
    path = folder / "lines"
    path.write_text('\n{"key":"a","value":"1"}\n'
                    '{"key":"b","value64":"AAE=","flags":5,"expires":%d}\n'
                    '{"key":"old","value":"x","expires":1000000000}\n'
                    'nonsense\n{"key":"c"}\n'
                    '{"key":"%s","value":"x"}\n'
                    '{"key":"d","value":"","more":[1,2]}' % (time.time() + 100, "k" * 251),
                    encoding="ascii")
    for start in (larder, memcached):
        with start() as target:
            summary, _ = run("import", path, address(target), status=EXIT_CANNOT)
            check_counts(summary, copied=3, expired=1, failed=3)
            for reason in ("this is no JSON object (line 5)", 'there is no "value" (line 6)',
                           "the key is longer than the protocol can have"):
                check(reason in summary, summary)
            check_equal(fetch(target, b"a"), (b"1", 0, -1), "a")
            check_equal(fetch(target, b"b")[:2], (b"\0\1", 5), "b")
            check_equal(fetch(target, b"d"), (b"", 0, -1), "d")


@in_folder
def a_dump_that_is_cut_is_told(folder):
    path = folder / "dump"
    whole = b"add a 0 0 1\r\n1\r\nadd b 0 0 2\r\n22\r\n"
    for data, said in ((whole[:-4], "the value of line 3 is incomplete"),
                       (whole[:-15], "line 3 is incomplete"),
                       (whole[:-2] + b"xx", "the value of line 3 has another size"),
                       (whole + b"junk\r\n", "line 5 is no command add KEY FLAGS EXPTIME BYTES")):
        path.write_bytes(data)
        with larder() as target:
            output, error = run("import", path, address(target), status=EXIT_CANNOT)
            check(said in error, f"{error}, not {said}")
            check_equal(fetch(target, b"a"), (b"1", 0, -1), "the item before it")
            check(counts(output)["copied"] >= 1, output)


@in_folder
def an_empty_server_makes_an_empty_file(folder):
    for way in ("snapshot", "jsonl", "memcached-tool"):
        for start in (larder, memcached):
            with start() as server:
                check_counts(run("export", address(server), folder / "f", "--format", way)[0])
                check_counts(run("import", folder / "f", address(server))[0])
                check_equal(item_count(server), 0, "items")


@in_folder
def files_of_other_kinds_are_refused(folder):
    path = folder / "other"
    path.write_bytes(b"REDIS0009")
    with larder() as target:
        said = run("import", path, address(target), status=EXIT_CANNOT)[1]
        check("neither a snapshot, nor JSON lines, nor a dump of memcached-tool" in said, said)
        path.write_bytes(b"add a 0 0 1\r\n1\r\n")
        said = run("restore", path, address(target), status=EXIT_CANNOT)[1]
        check("is no snapshot" in said, said)
        said = run("import", folder / "none", address(target), status=EXIT_CANNOT)[1]
        check("No such file" in said, said)
        check_equal(item_count(target), 0, "items")


@in_folder
def a_snapshot_is_restored_on_a_ring(folder):
    path = folder / "file"
    keys = [b"key:%d" % i for i in range(3000)]
    with memcached() as source:
        fill(source, len(keys), ttl=1000)
        check_counts(run("export", address(source), path)[0], copied=len(keys))
    for name in ("restore", "import"):
        with larder() as one, memcached() as two:
            ring = f"{address(one)},{address(two)}"
            words = [ring] if name == "import" else ["--servers", ring]
            check_counts(run(name, path, *words)[0], copied=len(keys))
            owners, _ = run("ring", "--servers", ring, "--keys", "-", given=b"\n".join(keys))
            wanted = {address(node): set() for node in (one, two)}
            for key, owner in zip(keys, owners.split()):
                wanted[owner].add(key)
            for node in (one, two):
                check_equal(set(dump(node)), wanted[address(node)], f"keys of {address(node)}")


@in_folder
def items_that_are_there_stay(folder):
    path = exported(folder)
    for start in (larder, memcached):
        with start() as target:
            store(target, [(b"plain", b"newer", 1, 0)])
            check_counts(run("restore", path, address(target))[0], copied=ALL - 1, skipped=1)
            check_equal(fetch(target, b"plain"), (b"newer", 1, -1), "the item that was there")
            check_counts(run("restore", path, address(target), "--overwrite")[0], copied=ALL)
            check_items(target)


@in_folder
def what_expired_in_the_file_is_counted(folder):
    path = exported(folder, items=[*ITEMS, (b"soon", b"x", 0, 2)])
    time.sleep(2.5)
    with larder() as target:
        check_counts(run("restore", path, address(target))[0], copied=ALL, expired=1)


@in_folder
def servers_without_meta_commands_take_what_they_can(folder):
    path = exported(folder)
    with memcached() as behind, old(behind) as target:
        summary, _ = run("restore", path, address(target), status=EXIT_CANNOT)
        check_counts(summary, copied=len(TEXT_ITEMS), failed=BINARY)
        check_items(behind, TEXT_ITEMS)
    with memcached() as behind, old(behind) as source:
        store(behind, TEXT_ITEMS)
        times = expiries_of(behind)
        summary, said = run("export", address(source), folder / "old")
        check("each item is read with get" in said, said)
        check_counts(summary, copied=len(TEXT_ITEMS))
    with larder() as target:
        run("restore", folder / "old", address(target))
        check_items(target, TEXT_ITEMS, times)


@in_folder
def an_export_that_ends_early_leaves_no_file(folder):
    path = folder / "file"
    path.write_text("older", encoding="ascii")
    with memcached() as source:
        fill(source, 3000)
        words = [Tools.larderctl, "export", address(source), str(path), "--rate", "500"]
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            wait_for((folder / "file.tmp").exists, "the file is being written")
            time.sleep(0.3)
            process.send_signal(signal.SIGINT)
            output, said = process.communicate(timeout=10)
    check_equal((process.returncode, said), (EXIT_CANNOT, b"larderctl export: interrupted\n"),
                "exit status and standard error")
    check("exported" in output.decode(), output)
    check_equal([each.name for each in folder.iterdir()], ["file"], "files")
    check_equal(path.read_text(encoding="ascii"), "older", "the older file")


@in_folder
def a_terminal_has_a_bar(folder):
    with memcached() as source:
        fill(source, 1500)
        ours, theirs = pty.openpty()
        words = [Tools.larderctl, "export", address(source), str(folder / "f"), "--rate", "1000"]
        with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=theirs) as process:
            os.close(theirs)
            seen = b""
            try:
                while data := os.read(ours, 4096):
                    seen += data
            except OSError:
                pass  # how Linux tells that nobody has the terminal any more
        os.close(ours)
        check_equal(process.returncode, 0, "exit status")
        check(re.search(rb"\r\[#+ +\] +\d+ %  \d+ items  \d+/s", seen), seen)
        check(seen.endswith(b"\r\x1b[K"), "the bar is still there")


@in_folder
def a_large_export_is_whole(folder):
    with memcached() as source, larder() as target:
        fill(source, 100_000, ttl=5000)
        for words in (("--compress",), ("--format", "jsonl"), ("--format", "memcached-tool")):
            check_counts(run("export", address(source), folder / "f", *words)[0], copied=100_000)
            with (folder / "f").open("rb") as file:
                piped = words[0] == "--format" and words[1] == "jsonl"
                given = file.read() if piped else b""
            check_counts(run("import", "-" if piped else folder / "f", address(target),
                             "--overwrite", given=given)[0], copied=100_000)
            check_equal(expiries_of(target), expiries_of(source), "expiry times")


@in_folder
def what_cannot_be_is_refused(folder):
    for words, said in (
            (("export", "a:1"), "expected HOST:PORT and FILE"),
            (("export", "a:1,b:1", "f"), "expected one server, not a list"),
            (("export", "a:1", "-"), "a snapshot cannot be written to standard output"),
            (("export", "a:1", "f", "--format", "csv"), "there is no --format csv"),
            (("export", "a:1", "f", "--format", "jsonl", "--compress"), "only --format snapshot"),
            (("import", "f"), "expected FILE and the servers once"),
            (("import", "f", "a:1", "--servers", "b:1"), "expected FILE and the servers once"),
            (("restore", "f", "a:1", "--key-file", "k", "--key-command", "c"), "exclude"),
            (("verify",), "expected one FILE"),
            (("snapshot-info", "a", "b"), "expected one FILE"),
            (("snapshot",), "expected one HOST:PORT"),
            (("salvage", "a", "a"), "expected FILE and another file, OUT")):
        check(said in run(*words, status=EXIT_USAGE)[1], words)
    with larder() as server:
        _, said = run("export", address(server), folder / "none" / "f", status=EXIT_CANNOT)
        check("No such file" in said, said)
    for name in ("export", "import", "copy", "restore", "verify", "salvage", "snapshot-info"):
        check(f"usage: larderctl {name} " in run(name, "--help")[0], name)


def has_pipe_of_a_snapshot_refused():
    with tempfile.TemporaryDirectory() as folder, larder() as target:
        path = exported(Path(folder))
        _, said = run("import", "-", address(target), given=path.read_bytes(), status=EXIT_CANNOT)
        check("a snapshot cannot come from a pipe" in said, said)
        with path.open("rb") as file:
            done = subprocess.run([Tools.larderctl, "import", "-", address(target)], stdin=file,
                                  capture_output=True, check=False, timeout=60)
        check_counts(done.stdout.decode(), copied=ALL)


if __name__ == "__main__":
    main(__doc__.splitlines()[0], (
        items_come_back_out_of_a_file,
        cas_ids_come_back,
        a_dump_is_that_of_memcached_tool,
        a_dump_leaves_out_what_it_cannot_have,
        lines_go_to_standard_output,
        handwritten_lines_are_imported,
        a_dump_that_is_cut_is_told,
        an_empty_server_makes_an_empty_file,
        files_of_other_kinds_are_refused,
        a_snapshot_is_restored_on_a_ring,
        items_that_are_there_stay,
        what_expired_in_the_file_is_counted,
        servers_without_meta_commands_take_what_they_can,
        an_export_that_ends_early_leaves_no_file,
        a_terminal_has_a_bar,
        a_large_export_is_whole,
        what_cannot_be_is_refused,
        has_pipe_of_a_snapshot_refused,
    ))
