"""Seeks in a decrypted stream with two programs that know zstd's seekable format or index frames.

    seek.py STREAM
"""

import io
import sys

import indexed_zstd
import pyzstd
import zstandard

FRAME = 262_144


def whole(path):
    """The inner archive, read from the start to the end."""
    with open(path, "rb") as file:
        decompressor = zstandard.ZstdDecompressor()
        return decompressor.stream_reader(file, read_across_frames=True).read()


def places(size):
    """Offsets and lengths: both ends, inside a frame, across the borders of frames, everything."""
    yield 0, 512
    yield max(size - 1024, 0), 1024
    yield size // 2, 4096
    for border in range(FRAME, size, FRAME):
        yield border - 100, 200
        yield border, 1
    yield 0, size


def compare(name, file, wanted):
    count = 0
    for at, length in list(places(len(wanted)))[::-1]:
        file.seek(at)
        found = b""
        while len(found) < length and (more := file.read(length - len(found))):
            found += more
        if found != wanted[at : at + length]:
            sys.exit(f"{name}: other bytes at {at}")
        count += 1
    print(f"{name}: {count} places in {len(wanted)} bytes")


def main():
    path = sys.argv[1]
    wanted = whole(path)
    if not wanted:
        sys.exit("nothing to read")
    with open(path, "rb") as file, pyzstd.SeekableZstdFile(io.BytesIO(file.read()), "r") as seekable:
        compare("pyzstd", seekable, wanted)
    compare("indexed_zstd", indexed_zstd.IndexedZstdFile(path), wanted)


if __name__ == "__main__":
    main()
