#!/usr/bin/env python3
"""Times packing, unpacking and verifying of a folder beside the stock pipeline, in rotation, in one run.

usage: side_by_side.py DIR [ROUNDS]

Needs `cargo build --release -p lifeboat-cli` and `cargo build --release -p lifeboat-bundle --examples`, and tar, zstd,
age and openssl. Prints for each job the median of our wall time and of the stock pipeline's, the median of the ratios
of the rounds, and our peak memory. The scratch folder lies beside DIR, so that all work on one file system.
"""
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

FOLDER = pathlib.Path(sys.argv[1]).resolve()
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 5
TARGET = pathlib.Path(
    os.environ.get("CARGO_TARGET_DIR", pathlib.Path(__file__).resolve().parents[3] / "target")
)
LIFEBOAT = TARGET / "release/lifeboat"
PACK = TARGET / "release/examples/pack"
UNPACK = TARGET / "release/examples/unpack"


def run(command):
    """Runs a shell command line and returns its wall seconds and the largest process's memory in KiB."""
    started = time.monotonic()
    process = subprocess.Popen(["sh", "-euc", command], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    elapsed = time.monotonic() - started
    if status != 0:
        sys.exit(f"failed: {command}")
    return elapsed, usage.ru_maxrss


def main():
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="side-by-side-", dir=FOLDER.parent))
    keys = scratch / "keys"
    subprocess.run([LIFEBOAT, "keygen", "-q", "--out", keys], check=True, capture_output=True)
    ours, stock = scratch / "ours.lifeboat", scratch / "stock.age"
    open_keys = f"--identity {keys}/identity.txt --trusted-signers {keys}/allowed_signers"
    last = sorted(path for path in FOLDER.rglob("*") if path.is_file())[-1].relative_to(FOLDER)
    jobs = [
        (
            "pack",
            f"rm -f {ours}; {PACK} {FOLDER} {ours} --recipients {keys}/recipients.txt --signing-key {keys}/signing_key",
            f"tar -C {FOLDER} -cf - . | zstd -q -3 -T2 | age -R {keys}/recipients.txt > {stock}; sync {stock}",
        ),
        (
            "unpack",
            f"rm -rf {scratch}/u; {UNPACK} {ours} {scratch}/u {open_keys}",
            f"rm -rf {scratch}/s; mkdir {scratch}/s; age -d -i {keys}/identity.txt {stock} | zstd -dq | tar -xf - -C {scratch}/s",
        ),
        (
            "verify contents",
            f"{LIFEBOAT} verify {ours} --level contents {open_keys} -q",
            f"age -d -i {keys}/identity.txt {stock} | zstd -dq > /dev/null",
        ),
        (
            "verify signature",
            f"{LIFEBOAT} verify {ours} --level signature --trusted-signers {keys}/allowed_signers -q",
            f"openssl dgst -sha256 {ours}",
        ),
        (
            "extract one",
            f"rm -rf {scratch}/e; {LIFEBOAT} extract {ours} file/{last} --output {scratch}/e {open_keys} -q",
            f"age -d -i {keys}/identity.txt {stock} | zstd -dq | tar -xf - -C {scratch} ./{last}",
        ),
    ]
    times = {name: [] for name, _, _ in jobs}
    for number in range(ROUNDS + 1):
        for name, mine, theirs in jobs:
            (a, memory), (b, _) = run(mine), run(theirs)
            if number:  # the first round warms up
                times[name].append((a, b, memory))
    print(f"{'job':<18}{'ours s':>9}{'stock s':>9}{'ratio':>8}{'peak MiB':>10}")
    for name, rows in times.items():
        a, b = (statistics.median(row[i] for row in rows) for i in (0, 1))
        ratio = statistics.median(row[0] / row[1] for row in rows)
        memory = max(row[2] for row in rows) / 1024
        print(f"{name:<18}{a:>9.3f}{b:>9.3f}{ratio:>8.3f}{memory:>10.1f}")
    print(f"size ratio {ours.stat().st_size / stock.stat().st_size:.4f}, {ROUNDS} rounds, {FOLDER.name}")
    shutil.rmtree(scratch)


main()
