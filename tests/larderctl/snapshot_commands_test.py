#!/usr/bin/python3
"""larderctl's commands for snapshot files: snapshot, verify, salvage, snapshot-info, and restore
with keys and of damaged files.

    python3 tests/larderctl/snapshot_commands_test.py --larder build/release/larder
        --larderctl build/release/larderctl
"""

import json
import re

from transfer_harness import (
    EXIT_CANNOT, ITEMS, address, check, check_counts, check_equal, check_items, counts,
    expiries_of, exported, fill, in_folder, item_count, larder, main, memcached, run, store)

ALL = len(ITEMS)
HEADER_BYTES = 4096


def key_file(folder, digit="a"):
    path = folder / f"key-{digit}"
    path.write_text(digit * 64 + "\n", encoding="ascii")
    path.chmod(0o600)
    return path


@in_folder
def a_compressed_snapshot_is_smaller(folder):
    plain = exported(folder).stat().st_size
    path = exported(folder, "--compress")
    check(path.stat().st_size < plain / 2, f"{path.stat().st_size} of {plain} bytes")
    check("whole, 12 items" in run("verify", path)[0], "verify")
    with larder() as target:
        check_counts(run("restore", path, address(target))[0], copied=ALL)
        check_items(target)


@in_folder
def an_encrypted_snapshot_needs_its_key(folder):
    right, wrong = key_file(folder), key_file(folder, "b")
    path = exported(folder, "--key-file", right, "--compress")
    data = path.read_bytes()
    check(b"binary key of odd bytes" not in data and b"long key" not in data, "values are readable")
    with larder() as target:
        for words in ((), ("--key-file", wrong)):
            _, said = run("restore", path, address(target), *words, status=EXIT_CANNOT)
            check("encrypted with the key" in said, said)
        check_equal(item_count(target), 0, "items")
        check_counts(run("restore", path, address(target), "--key-file", right)[0], copied=ALL)
        check_items(target)
        run("restore", path, address(target), "--key-command", f"cat {wrong} {right}",
            "--overwrite")
        _, said = run("restore", path, address(target), "--key-command", "exit 3",
                      status=EXIT_CANNOT)
        check("status 3" in said, said)
    output, _ = run("verify", path)
    check("the items were not checked: they are encrypted" in output, output)
    check("not checked" not in run("verify", path, "--key-file", right)[0], "verify with the key")
    run("verify", path, "--key-file", wrong, status=EXIT_CANNOT)
    output, _ = run("snapshot-info", path)
    check(re.search(r"encryption +AES-256-GCM, key [0-9a-f]{16}\n", output), output)
    right.chmod(0o644)
    _, said = run("verify", path, "--key-file", right, status=EXIT_CANNOT)
    check("its mode may be 0640" in said, said)


def blocks_of(data):
    """Offset and size of each block."""
    at = HEADER_BYTES
    while at < len(data):
        size = 40 + int.from_bytes(data[at + 24:at + 28], "little")
        yield at, size
        at += size


@in_folder
def damage_is_found_and_what_is_whole_is_saved(folder):
    path, damaged, saved = folder / "file", folder / "damaged", folder / "saved"
    with larder("-m", "64") as source:
        fill(source, 8000, size=1000)
        run("export", address(source), path)
    data = path.read_bytes()
    blocks = list(blocks_of(data))
    check(len(blocks) > 6, f"{len(blocks)} blocks")
    for number, (offset, size) in enumerate(blocks):
        at = offset + size // 2
        damaged.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1:])
        output, said = run("verify", damaged, status=EXIT_CANNOT)
        check_equal((output, said), ("", f"larderctl verify: {damaged}: block {number} at offset "
                                     f"{offset} is damaged: its checksum differs\n"), "verify")
        check_equal(run("snapshot-verify", damaged, status=EXIT_CANNOT)[1], said, "the other name")
        output, _ = run("salvage", damaged, saved)
        check(f"skipped {size} bytes\n" in output, f"{output}, not {size} bytes")
        check("whole" in run("verify", saved)[0], "what was saved")
    number, (offset, _) = 3, blocks[3]
    damaged.write_bytes(data[:offset + 50] + b"?" + data[offset + 51:])
    with larder() as target:
        _, said = run("restore", damaged, address(target), status=EXIT_CANNOT)
        check(f"block {number} at offset {offset} is damaged" in said, said)
        check_equal(item_count(target), 0, "items of a damaged file")
        summary, said = run("restore", damaged, address(target), "--allow-partial")
        check(f"partial: {damaged}: block {number} at offset {offset}" in said, said)
        before = counts(summary)["copied"]
        check(0 < before < 8000, summary)
        run("salvage", damaged, saved)
        summary, _ = run("restore", saved, address(target))
        check(counts(summary)["copied"] > 0 and counts(summary)["skipped"] == before, summary)


@in_folder
def a_file_that_was_cut_is_told(folder):
    path, saved = exported(folder), folder / "saved"
    data = path.read_bytes()
    for size in (0, 100, HEADER_BYTES, HEADER_BYTES + 20, len(data) - 1):
        path.write_bytes(data[:size])
        check(run("verify", path, status=EXIT_CANNOT)[1].startswith("larderctl verify: "), size)
        run("snapshot-info", path, status=EXIT_CANNOT)
        if size < HEADER_BYTES:
            run("salvage", path, saved, status=EXIT_CANNOT)
            check(not saved.exists(), "a file was made of nothing")
        else:
            run("salvage", path, saved)


@in_folder
def a_file_tells_what_is_in_it(folder):
    path = exported(folder)
    output, _ = run("snapshot-info", path)
    for row in (r"format +1\.0", r"written by +larderctl \d.*", r"node +127\.0\.0\.1:\d+",
                r"time +20\d\d-.* UTC, \d+ s old", r"compression +none", r"encryption +none",
                r"items +12"):
        check(re.search(rf"^{row}$", output, re.M), f"{row} is not in {output}")
    found = json.loads(run("snapshot-info", path, "--json")[0])
    check_equal((found["items"], found["has_end"], found["encryption"], found["file_bytes"]),
                (ALL, True, "none", path.stat().st_size), "JSON")
    check_equal(found["key_and_value_bytes"], sum(len(i[0]) + len(i[1]) for i in ITEMS), "bytes")
    output, _ = run("verify", path)
    check(re.fullmatch(rf"{path}: whole, 12 items in \d+ blocks, [\d.]+ KB\n", output), output)


@in_folder
def a_snapshot_of_the_server_is_restored(folder):
    with larder("--snapshot-dir", str(folder), "--snapshot-compress") as source:
        store(source, ITEMS)
        times = expiries_of(source)
        output, _ = run("snapshot", address(source), "--wait", "30")
        path, count = re.fullmatch(r"(\S+): (\d+) items, \d+ bytes, \d+ ms\n", output).groups()
        check_equal(int(count), ALL, "items")
        check_equal(run("snapshot", address(source))[0], f"{address(source)}: started\n", "output")
    check(f"{path}: whole, 12 items in " in run("verify", path)[0], "verify")
    check(re.search(r"^items +12$", run("snapshot-info", path)[0], re.M), "snapshot-info")
    for start in (larder, memcached):
        with start() as target:
            check_counts(run("restore", path, address(target))[0], copied=ALL)
            check_items(target, ITEMS, times)
            _, said = run("snapshot", address(target), status=EXIT_CANNOT)
            check(f"{address(target)} answers 'ERROR" in said, said)


if __name__ == "__main__":
    main(__doc__.splitlines()[0], (
        a_compressed_snapshot_is_smaller,
        an_encrypted_snapshot_needs_its_key,
        damage_is_found_and_what_is_whole_is_saved,
        a_file_that_was_cut_is_told,
        a_file_tells_what_is_in_it,
        a_snapshot_of_the_server_is_restored,
    ))
