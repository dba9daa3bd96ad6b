//! Faults of signatures, and signers who are not trusted.

use ssh_key::HashAlg;

use super::{Scenario, at, scenario};
use crate::kit::{Recipe, Signing};

/// The scenarios.
pub(crate) fn scenarios() -> Vec<Scenario> {
    let wrong = at("verify", "signature wrong");
    let wrong_form = at("parse", "signature wrong");
    let stranger = at("verify", "signer not trusted");
    let file = |change: fn(&mut Signing)| Recipe {
        file_signing: change,
        ..Recipe::default()
    };
    let content = |change: fn(&mut Signing)| Recipe {
        content_signing: change,
        ..Recipe::default()
    };
    let bytes = |change: fn(&mut Vec<u8>)| Recipe {
        file_signature: change,
        ..Recipe::default()
    };
    vec![
        scenario(
            "sound_reencrypted",
            "9.2.2",
            at("-", "ok"),
            "the file by a re-encryptor, the content by a writer",
            file(|signing| signing.key = |keys| &keys.reencryptor),
        ),
        scenario(
            "file_signed_by_stranger",
            "9.2.1",
            stranger,
            "a key that nobody trusts",
            file(|signing| signing.key = |keys| &keys.stranger),
        ),
        scenario(
            "file_signed_by_expired_key",
            "9.2.4",
            stranger,
            "valid-before has passed",
            file(|signing| signing.key = |keys| &keys.expired),
        ),
        scenario(
            "file_signed_by_revoked_key",
            "9.2.5",
            stranger,
            "trusted, but on the list of dead keys",
            file(|signing| signing.key = |keys| &keys.revoked),
        ),
        scenario(
            "file_signed_for_git",
            "9.1.3",
            wrong,
            "namespace `git`",
            file(|signing| signing.namespace = "git"),
        ),
        scenario(
            "file_signed_as_content",
            "9.1.3",
            wrong,
            "the namespace of the content",
            file(|signing| signing.namespace = "lifeboat-content-v1"),
        ),
        scenario(
            "file_signed_with_sha256",
            "9.1.1",
            wrong_form,
            "hash algorithm sha256",
            file(|signing| signing.hash = HashAlg::Sha256),
        ),
        scenario(
            "file_signature_empty",
            "9.1.2",
            at("parse", "signature missing"),
            "no bytes in SHA256SUMS.sig",
            bytes(Vec::clear),
        ),
        scenario(
            "file_signature_of_other_sums",
            "5.5.1",
            wrong,
            "the signature of other bytes",
            Recipe {
                file_signature: |signature| {
                    // The last characters of the signature are part of the number S.
                    let at = signature.len() - 40;
                    signature[at] = if signature[at] == b'A' { b'B' } else { b'A' };
                },
                ..Recipe::default()
            },
        ),
        scenario(
            "file_signature_in_long_lines",
            "9.1.2",
            wrong_form,
            "armor in lines of 76 characters",
            bytes(|signature| {
                let text = String::from_utf8(std::mem::take(signature)).unwrap();
                let lines: Vec<&str> = text.lines().collect();
                let base64 = lines[1..lines.len() - 1].concat();
                let wrapped: Vec<&str> = base64
                    .as_bytes()
                    .chunks(76)
                    .map(|line| str::from_utf8(line).unwrap())
                    .collect();
                let (first, last) = (lines[0], lines[lines.len() - 1]);
                *signature = format!("{first}\n{}\n{last}\n", wrapped.join("\n")).into_bytes();
            }),
        ),
        scenario(
            "file_signature_with_bytes_behind",
            "9.1.2",
            wrong_form,
            "an empty line behind the armor",
            bytes(|signature| signature.push(b'\n')),
        ),
        scenario(
            "file_signature_over_limit",
            "9.1.2",
            at("parse", "limit exceeded"),
            "4,097 bytes",
            bytes(|signature| signature.resize(4_097, b'\n')),
        ),
        scenario(
            "content_signed_by_reencryptor",
            "9.2.2",
            at("open", "signer not trusted"),
            "a key that may sign files only",
            content(|signing| signing.key = |keys| &keys.reencryptor),
        ),
        scenario(
            "content_signed_by_stranger",
            "9.2.1",
            at("open", "signer not trusted"),
            "a key that nobody trusts",
            content(|signing| signing.key = |keys| &keys.stranger),
        ),
        scenario(
            "content_signed_as_file",
            "9.1.3",
            at("open", "signature wrong"),
            "the namespace of the file",
            content(|signing| signing.namespace = "lifeboat-bundle-v1"),
        ),
        scenario(
            "content_signature_empty",
            "8.5.1",
            at("open", "signature missing"),
            "no bytes in manifest.json.sig",
            Recipe {
                content_signature: Vec::clear,
                ..Recipe::default()
            },
        ),
        scenario(
            "content_signer_misnamed",
            "9.3.1",
            at("open", "signature wrong"),
            "another fingerprint in the manifest",
            Recipe {
                manifest: |text| {
                    let at = text.find("SHA256:").unwrap() + 7;
                    text.replace_range(at..at + 43, &"A".repeat(43));
                },
                ..Recipe::default()
            },
        ),
        scenario(
            "fingerprint_with_padding",
            "4.4.4",
            at("open", "damaged"),
            "a fingerprint with = at its end",
            Recipe {
                manifest: |text| {
                    let at = text.find("SHA256:").unwrap() + 50;
                    text.insert(at, '=');
                },
                ..Recipe::default()
            },
        ),
    ]
}
