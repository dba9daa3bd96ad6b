//! File names made from names that others chose.

/// Renders any text as a file name of at most 200 bytes, distinct texts as distinct names.
///
/// Letters, digits, `-`, `_`, `@`, `+` and inner dots stay; every other byte becomes `%` and two hexadecimal
/// digits. What would be longer is cut and ends in `%~` and 32 digits of the text's SHA-256.
pub(crate) fn escape(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    for (index, byte) in text.bytes().enumerate() {
        let stays = byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'_' | b'@' | b'+')
            || (byte == b'.' && index > 0);
        if stays {
            name.push(char::from(byte));
        } else {
            push_hexadecimal(&mut name, "%", &[byte]);
        }
    }
    if name.is_empty() {
        name.push('%');
    }
    if name.len() > LONGEST {
        name.truncate(LONGEST - 34);
        push_hexadecimal(&mut name, "%~", &hash(text)[..16]);
    }
    name
}

/// The longest name; leaves room for an extension within the 255 bytes that file systems allow.
const LONGEST: usize = 200;

fn hash(text: &str) -> [u8; 32] {
    use sha2::Digest as _;
    sha2::Sha256::digest(text.as_bytes()).into()
}

fn push_hexadecimal(name: &mut String, prefix: &str, bytes: &[u8]) {
    name.push_str(prefix);
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            name.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_names_stay() {
        for name in ["on-user-verified", "WELCOME_en", "a.b", "user@x", "0000001"] {
            assert_eq!(escape(name), name);
        }
    }

    #[test]
    fn nothing_that_leads_elsewhere_survives() {
        assert_eq!(escape(""), "%");
        assert_eq!(escape("."), "%2e");
        assert_eq!(escape(".."), "%2e.");
        assert_eq!(escape("../../etc/passwd"), "%2e.%2f..%2fetc%2fpasswd");
        assert_eq!(escape("/a\0b\nc%"), "%2fa%00b%0ac%25");
        assert_eq!(escape("é"), "%c3%a9");
    }

    #[test]
    fn long_names_are_cut_and_stay_distinct() {
        let one = escape(&"x".repeat(300));
        let other = escape(&"x".repeat(301));
        assert_eq!(one.len(), 200);
        assert_ne!(one, other);
        assert!(one.contains("%~"));
        // No name can be mistaken for a cut one: `~` is always escaped.
        assert_eq!(escape("~"), "%7e");
    }
}
