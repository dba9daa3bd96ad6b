//! The users that `--users N` adds: everything about the n-th follows from n, so little is kept of each.

use serde_json::{Map, Value, json};

const GIVEN_NAMES: [&str; 12] = [
    "Ada",
    "Björn",
    "Chiara",
    "Dilnoza",
    "Émile",
    "Фёдор",
    "Gül",
    "花子",
    "نور",
    "Ji-woo",
    "Łucja",
    "Ørjan",
];
const FAMILY_NAMES: [&str; 10] = [
    "Example",
    "Müller",
    "O'Neill",
    "García",
    "Иванова",
    "山田",
    "الشمس",
    "Nguyễn",
    "Żak",
    "de la Cruz",
];
const TIERS: [&str; 4] = ["bronze", "gold", "platinum", "silver"];

/// The users below this number are confirmed, active and unexpired.
const DEPENDABLE: u32 = 100;

/// 2024-01-01T00:00:00Z in milliseconds: the first generated user is as old as that.
const OLDEST: i64 = 1_704_067_200_000;

/// Returns the e-mail address, which is the user name, too.
pub(crate) fn email(number: u32) -> String {
    format!("user{number}@example.com")
}

/// Returns the password.
pub(crate) fn password(number: u32) -> String {
    format!("Passw0rd!{number}")
}

/// Returns when the user was created, in milliseconds since 1970.
pub(crate) fn created(number: u32) -> i64 {
    OLDEST + i64::from(number) * 61_003
}

/// Returns the directory record as an export shows it, without ids and hashes.
pub(crate) fn record(number: u32) -> Map<String, Value> {
    let given = pick(&GIVEN_NAMES, number);
    let family = pick(&FAMILY_NAMES, number / 3);
    let email = email(number);
    let is_dependable = number < DEPENDABLE;
    let mut record = Map::new();
    record.insert("userName".to_owned(), json!(email));
    record.insert(
        "emails".to_owned(),
        json!([{ "value": email, "primary": true }]),
    );
    record.insert("mfaContext".to_owned(), json!({}));
    record.insert(
        "active".to_owned(),
        json!(is_dependable || number % 13 != 5),
    );
    let status = if is_dependable || number % 7 != 3 {
        "CONFIRMED"
    } else {
        "PENDING"
    };
    record.insert("status".to_owned(), json!(status));
    let display_name = if number % 5 == 4 {
        email
    } else {
        record.insert(
            "name".to_owned(),
            json!({
                "givenName": given,
                "familyName": family,
                "formatted": format!("{given} {family}"),
            }),
        );
        format!("{given} {family}")
    };
    record.insert("displayName".to_owned(), json!(display_name));
    if number % 9 == 1 {
        let phone = format!("+1555{number:07}");
        record.insert(
            "phoneNumbers".to_owned(),
            json!([{ "value": phone, "primary": true }]),
        );
    }
    let updated = if number.is_multiple_of(4) {
        0
    } else {
        created(number)
    };
    record.insert("passwordUpdatedTimestamp".to_owned(), json!(updated));
    record.insert("passwordExpirationTimestamp".to_owned(), json!(0));
    record
}

/// Returns the custom attributes of the profile.
pub(crate) fn attributes(number: u32) -> Map<String, Value> {
    let mut attributes = Map::new();
    if number % 6 == 5 {
        return attributes;
    }
    attributes.insert("tier".to_owned(), json!(pick(&TIERS, number)));
    attributes.insert("customer".to_owned(), json!(format!("C-{number:06}")));
    if number % 8 == 2 {
        attributes.insert(
            "preferences".to_owned(),
            json!({ "newsletter": number % 16 == 2, "topics": ["orders", "näher"], "visits": number }),
        );
    }
    attributes
}

/// Returns which of so many roles the user has.
pub(crate) fn roles(number: u32, available: usize) -> Vec<usize> {
    let first = number as usize % 5;
    let second = number as usize % 11;
    let mut roles = Vec::new();
    if first < available && number.is_multiple_of(2) {
        roles.push(first);
    }
    if second < available && number % 4 == 2 && second != first {
        roles.push(second);
    }
    roles
}

fn pick(words: &'static [&'static str], number: u32) -> &'static str {
    words
        .get(number as usize % words.len())
        .copied()
        .unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_hundred_users_can_sign_in_and_later_ones_vary() {
        for number in 0..DEPENDABLE {
            let record = record(number);
            assert_eq!(record["status"], "CONFIRMED");
            assert_eq!(record["active"], true);
            assert_eq!(record["passwordExpirationTimestamp"], 0);
        }
        let later: Vec<_> = (DEPENDABLE..300).map(record).collect();
        assert!(later.iter().any(|record| record["status"] == "PENDING"));
        assert!(later.iter().any(|record| record["active"] == false));
        assert!(later.iter().any(|record| !record.contains_key("name")));
        assert!((0..50).any(|number| roles(number, 5).len() == 2));
        assert!((0..50).any(|number| attributes(number).is_empty()));
    }
}
