//! Faults in encryption, compression, padding and seek table.

use super::{Scenario, at, scenario};
use crate::kit::{Entry, Frame, Recipe};

/// The scenarios.
pub(crate) fn scenarios() -> Vec<Scenario> {
    let damaged = at("open", "damaged");
    let contents = at("contents", "damaged");
    let head = |change: fn(&mut Vec<u8>)| Recipe {
        head: change,
        ..Recipe::default()
    };
    let body = |change: fn(&mut Vec<u8>)| Recipe {
        body: change,
        ..Recipe::default()
    };
    let frames = |change: fn(&mut Vec<Frame>)| Recipe {
        frames: change,
        ..Recipe::default()
    };
    let table = |change: fn(&mut Vec<u8>)| Recipe {
        table: change,
        ..Recipe::default()
    };
    vec![
        scenario(
            "no_identity",
            "6.1.1",
            at("open", "no identity"),
            "encrypted to somebody else",
            Recipe {
                recipient: |keys| keys.stranger_identity.to_public(),
                ..Recipe::default()
            },
        ),
        scenario(
            "head_with_passphrase",
            "6.1.1",
            damaged,
            "a stanza of type scrypt beside the right one",
            head(|head| {
                let stanza = b"-> scrypt bBjlhJVYZeE4aqUdmtRHfw 15\nZV/AhotwSGqaPCU43cepl4WYUouAa17a3xpu4G2yi5k\n";
                head.splice(22..22, stanza.iter().copied());
            }),
        ),
        scenario(
            "head_with_line_too_long",
            "6.2.1",
            damaged,
            "65 characters in a line of a stanza",
            head(|head| {
                let stanza = format!("-> x\n{}\n\n", "A".repeat(65));
                head.splice(22..22, stanza.into_bytes());
            }),
        ),
        scenario(
            "head_with_two_spaces",
            "6.2.1",
            damaged,
            "two spaces between words of a stanza",
            head(|head| {
                head.splice(22..22, b"-> x  y\n\n".iter().copied());
            }),
        ),
        scenario(
            "head_without_short_line",
            "6.2.1",
            damaged,
            "a stanza whose last line has 64 characters",
            head(|head| {
                let stanza = format!("-> x\n{}\n", "A".repeat(64));
                head.splice(22..22, stanza.into_bytes());
            }),
        ),
        scenario(
            "head_with_loose_base64",
            "6.2.1",
            damaged,
            "unused bits that are not zero",
            head(|head| {
                head.splice(22..22, b"-> x\nAB\n".iter().copied());
            }),
        ),
        scenario(
            "head_with_carriage_return",
            "6.2.1",
            damaged,
            "CR LF after the first line",
            head(|head| head.insert(21, b'\r')),
        ),
        scenario(
            "head_of_version_2",
            "6.2.1",
            damaged,
            "age-encryption.org/v2",
            head(|head| head[20] = b'2'),
        ),
        scenario(
            "head_with_another_stanza",
            "6.2.1",
            damaged,
            "a well-formed stanza that the MAC does not cover",
            head(|head| {
                head.splice(22..22, b"-> x\n\n".iter().copied());
            }),
        ),
        scenario(
            "head_with_a_byte_too_many",
            "6.2.2",
            damaged,
            "17 bytes after the header",
            head(|head| head.push(0)),
        ),
        scenario(
            "head_with_a_byte_too_few",
            "6.2.2",
            damaged,
            "15 bytes after the header",
            head(|head| head.truncate(head.len() - 1)),
        ),
        scenario(
            "head_of_many_stanzas",
            "6.2.1",
            damaged,
            "64 KiB of short stanzas, which a careless parser reads in quadratic time",
            head(|head| {
                let stanzas = b"-> x\n\n".repeat((65_536 - head.len()) / 6);
                head.splice(22..22, stanzas);
            }),
        ),
        scenario(
            "head_over_limit",
            "5.3.1",
            at("parse", "limit exceeded"),
            "65,537 bytes of stanzas",
            head(|head| {
                let size = 65_537 - head.len();
                let mut stanzas = b"-> x\n\n".repeat(size / 6 - 1);
                let rest = size - stanzas.len();
                stanzas.extend(format!("-> {}\n\n", "x".repeat(rest - 5)).into_bytes());
                head.splice(22..22, stanzas);
            }),
        ),
        scenario(
            "chunk_changed",
            "6.3.1",
            damaged,
            "a bit in the first chunk",
            body(|body| body[10] ^= 1),
        ),
        scenario(
            "chunk_cut",
            "6.3.1",
            damaged,
            "the last byte of the body is missing",
            body(|body| body.truncate(body.len() - 1)),
        ),
        scenario(
            "chunk_of_a_tag_only",
            "6.3.1",
            damaged,
            "a body of 16 bytes",
            body(|body| body.truncate(16)),
        ),
        scenario(
            "chunk_missing",
            "6.3.2",
            damaged,
            "the last chunk is missing",
            Recipe {
                entries: |entries| noise(entries),
                body: |body| body.truncate(65_552),
                ..Recipe::default()
            },
        ),
        scenario(
            "chunks_swapped",
            "6.3.1",
            damaged,
            "the first two chunks have changed places",
            Recipe {
                entries: |entries| noise(entries),
                body: |body| {
                    let mut first: Vec<u8> = body.drain(..65_552).collect();
                    let rest = body.split_off(body.len().min(65_552));
                    body.append(&mut first);
                    body.extend(rest);
                },
                ..Recipe::default()
            },
        ),
        scenario(
            "frame_too_short",
            "7.1.1",
            damaged,
            "the first frame has 262,143 bytes",
            Recipe {
                entries: |entries| entries[0].content = vec![b' '; 300_000],
                frames: |frames| frames[0] = Frame::new(&[b' '; 262_143]),
                is_padded: false,
                ..Recipe::default()
            },
        ),
        scenario(
            "frame_too_long",
            "7.1.1",
            damaged,
            "one frame of more than 262,144 bytes",
            Recipe {
                entries: |entries| entries[0].content = vec![b' '; 300_000],
                frames: |frames| *frames = vec![Frame::new(&[b' '; 303_616])],
                is_padded: false,
                ..Recipe::default()
            },
        ),
        scenario(
            "frame_without_checksum",
            "7.1.2",
            damaged,
            "no checksum in the frame",
            Recipe {
                frames: |frames| {
                    let plain = zstd::bulk::decompress(&frames[0].bytes, 262_144).unwrap();
                    frames[0] = Frame::of(zstd::bulk::compress(&plain, 1).unwrap(), plain.len());
                },
                is_padded: false,
                ..Recipe::default()
            },
        ),
        scenario(
            "frame_without_content_size",
            "7.1.2",
            damaged,
            "no content size in the frame",
            Recipe {
                frames: |frames| {
                    let plain = zstd::bulk::decompress(&frames[0].bytes, 262_144).unwrap();
                    let mut compressor = zstd::bulk::Compressor::new(1).unwrap();
                    compressor.include_checksum(true).unwrap();
                    compressor.include_contentsize(false).unwrap();
                    frames[0] = Frame::of(compressor.compress(&plain).unwrap(), plain.len());
                },
                is_padded: false,
                ..Recipe::default()
            },
        ),
        scenario(
            "frame_with_large_window",
            "7.1.2",
            damaged,
            "a window of 512 KiB",
            Recipe {
                frames: |frames| rewrite(&mut frames[0], &[0x84, 9 << 3]),
                is_padded: false,
                ..Recipe::default()
            },
        ),
        scenario(
            "frame_with_dictionary",
            "7.1.2",
            damaged,
            "a dictionary with id 1",
            Recipe {
                frames: |frames| rewrite(&mut frames[0], &[0x85, 8 << 3, 1]),
                is_padded: false,
                ..Recipe::default()
            },
        ),
        scenario(
            "frame_with_wrong_checksum",
            "7.1.2",
            damaged,
            "a bit of the frame's checksum",
            frames(|frames| *frames[0].bytes.last_mut().unwrap() ^= 1),
        ),
        scenario(
            "frame_with_another_behind",
            "7.1.3",
            damaged,
            "two frames in one row of the table",
            Recipe {
                frames: |frames| {
                    let empty = Frame::new(b"");
                    frames[0].bytes.extend(empty.bytes);
                    frames[0].compressed += empty.compressed;
                },
                is_padded: false,
                ..Recipe::default()
            },
        ),
        scenario(
            "frame_over_limit",
            "7.1.3",
            at("open", "limit exceeded"),
            "a row for a frame of 263,169 bytes",
            table(|table| table[8..12].copy_from_slice(&263_169_u32.to_le_bytes())),
        ),
        scenario(
            "stream_padding_not_zero",
            "7.2.2",
            contents,
            "a byte in the padding is 1",
            frames(|frames| *frames[1].bytes.last_mut().unwrap() = 1),
        ),
        scenario(
            "stream_padding_of_another_kind",
            "7.2.1",
            contents,
            "another magic number",
            frames(|frames| frames[1].bytes[0] = 0x51),
        ),
        scenario(
            "stream_padding_too_long",
            "7.2.1",
            damaged,
            "one zero byte more than the bucket",
            frames(|frames| {
                let size = frames[1].bytes.len() - 8 + 1;
                frames[1] = Frame::skippable(&vec![0; size]);
            }),
        ),
        scenario(
            "stream_padding_twice",
            "7.2.1",
            damaged,
            "two padding frames",
            frames(|frames| frames.push(Frame::skippable(b""))),
        ),
        scenario(
            "stream_padding_first",
            "7.2.1",
            damaged,
            "the padding before the frames",
            frames(|frames| frames.swap(0, 1)),
        ),
        scenario(
            "stream_with_bytes_between",
            "7.3.2",
            damaged,
            "a skippable frame without a row",
            frames(|frames| {
                let hidden = Frame::skippable(b"hidden");
                frames[1].bytes.splice(0..0, hidden.bytes);
            }),
        ),
        scenario(
            "table_with_checksums",
            "7.3.1",
            damaged,
            "a descriptor that announces checksums",
            table(|table| {
                let at = table.len() - 5;
                table[at] = 0x80;
            }),
        ),
        scenario(
            "table_magic_wrong",
            "7.3.1",
            damaged,
            "another magic number at the end",
            table(|table| *table.last_mut().unwrap() = 0),
        ),
        scenario(
            "table_missing",
            "7.3.1",
            damaged,
            "no seek table",
            table(Vec::clear),
        ),
        scenario(
            "stream_too_short",
            "7.3.1",
            damaged,
            "a stream of 8 bytes",
            Recipe {
                stream: |stream| stream.truncate(8),
                ..Recipe::default()
            },
        ),
        scenario(
            "table_row_wrong",
            "7.3.2",
            damaged,
            "a frame one byte longer, the padding one byte shorter",
            table(|table| {
                table[8] = table[8].wrapping_add(1);
                table[16] = table[16].wrapping_sub(1);
            }),
        ),
        scenario(
            "table_with_forged_number_of_rows",
            "7.3.3",
            at("open", "limit exceeded"),
            "2³² − 1 rows",
            table(|table| {
                let at = table.len() - 9;
                table[at..at + 4].fill(0xFF);
            }),
        ),
        scenario(
            "table_larger_than_stream",
            "7.3.3",
            damaged,
            "1,000 rows in a stream that is too short for them",
            table(|table| {
                let at = table.len() - 9;
                table[at..at + 4].copy_from_slice(&1_000_u32.to_le_bytes());
            }),
        ),
    ]
}

/// Makes the first entry so large that the body has several chunks.
fn noise(entries: &mut [Entry]) {
    let mut state = 1_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    entries[0].content = std::iter::repeat_with(next)
        .take(8_300)
        .collect::<Vec<_>>()
        .concat();
}

/// Gives a frame another header: what is given, then a content size of four bytes.
fn rewrite(frame: &mut Frame, header: &[u8]) {
    let descriptor = frame.bytes[4];
    assert_eq!(
        descriptor & 0b0010_0000,
        0b0010_0000,
        "a frame of a single segment"
    );
    let content_size = [1, 2, 4, 8][usize::from(descriptor >> 6)];
    let blocks = frame.bytes.split_off(5 + content_size);
    frame.bytes.truncate(4);
    frame.bytes.extend(header);
    frame.bytes.extend(frame.plain.to_le_bytes());
    frame.bytes.extend(blocks);
    frame.compressed = u32::try_from(frame.bytes.len()).unwrap();
}
