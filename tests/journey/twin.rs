//! What every GET of the API answers about a tenant, with the ids that the service gives replaced by names of ours:
//! two tenants that a backup and a restore made twins answer the same.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::server::Server;

/// Everything that a tenant answers, by path.
pub(crate) type Portrait = BTreeMap<String, (u16, Value)>;

/// GETs that say nothing of what a tenant holds.
const LEFT_OUT: [(&str, &str); 7] = [
    ("/cloud_directory/export/download", "the file of a job"),
    ("/cloud_directory/export/status", "the state of a job"),
    ("/cloud_directory/import/status", "the state of a job"),
    (
        "/config/cloud_directory/actions_urls",
        "undocumented, not served by the emulator",
    ),
    (
        "/config/cloud_directory/templates/{templateName}",
        "undocumented, not served by the emulator",
    ),
    ("/config/ui", "undocumented, not served by the emulator"),
    (
        "/recent_authentications",
        "undocumented, not served by the emulator",
    ),
];

/// Lists that come in pages: path, further query, name of the list, size of a page.
const PAGED: [(&str, &str, &str, usize); 4] = [
    (
        "/cloud_directory/export",
        "encryption_secret=of-the-test&",
        "users",
        50,
    ),
    ("/cloud_directory/Users", "", "Resources", 100),
    ("/users", "dataScope=full&", "users", 100),
    ("/users/export", "", "users", 100),
];

const TEMPLATES: [&str; 5] = [
    "USER_VERIFICATION",
    "WELCOME",
    "PASSWORD_CHANGED",
    "RESET_PASSWORD",
    "MFA_VERIFICATION",
];

/// What an instance without a setting may answer 404 for.
const MAY_BE_UNSET: [&str; 2] = ["/config/cloud_directory/action_url/", "/config/ui/media"];

/// Asserts that two portraits are the same.
#[track_caller]
pub(crate) fn assert_same(a: &Portrait, b: &Portrait) {
    let differing = differences(a, b);
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

/// Returns the paths whose answers differ, with both answers.
pub(crate) fn differences(a: &Portrait, b: &Portrait) -> Vec<String> {
    let paths: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    paths
        .into_iter()
        .filter(|path| a.get(*path) != b.get(*path))
        .map(|path| format!("{path}\n  {:?}\n  {:?}", a.get(path), b.get(path)))
        .collect()
}

/// Asks a tenant for everything.
pub(crate) fn portrait(server: &Server, tenant: &str) -> Portrait {
    let sitter = Sitter::new(server, tenant);
    let mut portrait = Portrait::new();
    for template in documented_gets() {
        if LEFT_OUT.iter().any(|(path, _)| *path == template) {
            continue;
        }
        if let Some((path, query, items, size)) = PAGED.iter().find(|it| it.0 == template) {
            for (number, item) in sitter
                .list(path, query, items, *size)
                .into_iter()
                .enumerate()
            {
                portrait.insert(format!("{path} {number:06}"), (200, item));
            }
            continue;
        }
        for path in sitter.expand(&template) {
            let found = sitter.ask(&path);
            let may_be_unset = MAY_BE_UNSET.iter().any(|start| path.starts_with(start));
            assert!(
                found.0 == 200 || (found.0 == 404 && may_be_unset),
                "{path}: {found:?}"
            );
            portrait.insert(sitter.named(&path), found);
        }
    }
    portrait
}

/// Returns the paths of all GETs that the API is known to have.
fn documented_gets() -> Vec<String> {
    include_str!("../../fixtures/api/endpoints.txt")
        .lines()
        .filter_map(|line| line.strip_prefix("GET "))
        .map(|line| line.split(" # ").next().unwrap().trim().to_owned())
        .collect()
}

/// A tenant that is asked.
struct Sitter<'a> {
    server: &'a Server,
    tenant: &'a str,
    /// Ids and the names that stand for them.
    names: BTreeMap<String, String>,
    languages: Vec<String>,
}

impl<'a> Sitter<'a> {
    fn new(server: &'a Server, tenant: &'a str) -> Self {
        let mut sitter = Self {
            server,
            tenant,
            names: BTreeMap::from([(tenant.to_owned(), "tenant-id".to_owned())]),
            languages: Vec::new(),
        };
        let languages = server.get(tenant, "/config/ui/languages");
        sitter.languages = texts(&languages["languages"]);
        // The list of applications is in the order of their creation, and so are their names.
        let applications = server.get(tenant, "/applications");
        let ids = applications["applications"].as_array().unwrap().iter();
        sitter.name("application", ids.map(|it| text(&it["clientId"])).collect());
        sitter.name_sorted("role", &server.get(tenant, "/roles")["roles"], "/name");
        let listed = |it: (&str, &str, &str, usize)| {
            json!(Sitter::new_nameless(server, tenant).list(it.0, it.1, it.2, it.3))
        };
        sitter.name_sorted("person", &listed(PAGED[1]), "/emails/0/value");
        // By now the identities of directory users are names.
        let profiles = sitter.list(PAGED[2].0, PAGED[2].1, PAGED[2].2, PAGED[2].3);
        sitter.name_sorted("profile", &json!(profiles), "/identities/0");
        sitter
    }

    fn new_nameless(server: &'a Server, tenant: &'a str) -> Self {
        Self {
            server,
            tenant,
            names: BTreeMap::new(),
            languages: Vec::new(),
        }
    }

    fn name(&mut self, kind: &str, ids: Vec<String>) {
        for (number, id) in ids.into_iter().enumerate() {
            self.names.insert(id, format!("{kind}-{number:06}"));
        }
    }

    /// Names objects by the order of what tells them apart.
    fn name_sorted(&mut self, kind: &str, objects: &Value, pointer: &str) {
        let objects = objects.as_array().unwrap().iter();
        let mut ids: Vec<(String, String)> = objects
            .map(|it| (it.pointer(pointer).unwrap().to_string(), text(&it["id"])))
            .collect();
        ids.sort();
        let n_ids = ids.len();
        ids.dedup_by(|a, b| a.0 == b.0);
        assert_eq!(ids.len(), n_ids, "two of {kind} are not told apart");
        self.name(kind, ids.into_iter().map(|(_, id)| id).collect());
    }

    /// Returns the paths that a template stands for.
    fn expand(&self, template: &str) -> Vec<String> {
        let Some((start, rest)) = template.split_once('{') else {
            return vec![template.to_owned()];
        };
        let (parameter, rest) = rest.split_once('}').unwrap();
        let of_kind = |kind: &str| {
            let ids = self.names.iter();
            ids.filter(|(_, name)| name.starts_with(kind))
                .map(|(id, _)| id.clone())
                .collect()
        };
        let fixed = |values: &[&str]| values.iter().map(|&value| value.to_owned()).collect();
        let values: Vec<String> = match (parameter, start) {
            ("action", _) => fixed(&["on_user_verified", "on_reset_password"]),
            ("channel", _) => fixed(&["email", "nexmo"]),
            ("clientId", _) => of_kind("application-"),
            ("id", "/users/") => of_kind("profile-"),
            ("language", _) => self.languages.clone(),
            ("name", _) => fixed(&["premfa", "postmfa"]),
            ("roleId", _) => of_kind("role-"),
            ("templateName", _) => fixed(&TEMPLATES),
            ("userId", _) => of_kind("person-"),
            _ => panic!("nobody knows what {{{parameter}}} is in {template}"),
        };
        values
            .iter()
            .flat_map(|value| self.expand(&format!("{start}{value}{rest}")))
            .collect()
    }

    fn ask(&self, path: &str) -> (u16, Value) {
        let answer = self.server.call(self.tenant, &format!("GET {path}"), "");
        let mut value = self.of_text(&answer.text());
        if path == "/config/ui/media" && answer.status == 200 {
            let bytes = self.server.fetch(&text(&answer.json()["image"]));
            value["image"] = json!(STANDARD.encode(bytes));
        }
        forget_what_the_instance_gives(&mut value);
        (answer.status, value)
    }

    /// Reads a list to its end and sorts it.
    fn list(&self, path: &str, query: &str, items: &str, size: usize) -> Vec<Value> {
        let mut all: Vec<Value> = Vec::new();
        loop {
            let query = format!("{query}startIndex={}&count={size}", all.len());
            let operation = format!("GET {path}?{query}");
            let answer = self.server.call(self.tenant, &operation, "");
            assert_eq!(answer.status, 200, "{path}: {}", answer.text());
            let page = self.of_text(&answer.text());
            let total = usize::try_from(page["totalResults"].as_u64().unwrap()).unwrap();
            all.extend(page[items].as_array().unwrap().iter().cloned());
            assert!(!page[items].as_array().unwrap().is_empty() || total == 0);
            if all.len() >= total {
                break;
            }
        }
        all.iter_mut().for_each(forget_what_the_instance_gives);
        all.sort_by_cached_key(Value::to_string);
        all
    }

    /// Reads an answer with names for ids.
    fn of_text(&self, text: &str) -> Value {
        let named = self.named(text);
        serde_json::from_str(&named).unwrap_or(Value::String(named))
    }

    fn named(&self, text: &str) -> String {
        // Every id is a UUID, and no UUID is part of another.
        let mut named = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, id, after)) = next_id(rest) {
            named.push_str(before);
            named.push_str(self.names.get(id).map_or(id, String::as_str));
            rest = after;
        }
        named.push_str(rest);
        named
    }
}

/// Splits a text at its first UUID.
fn next_id(text: &str) -> Option<(&str, &str, &str)> {
    const LENGTH: usize = 36;
    let is_id = |window: &[u8]| {
        window.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
    };
    let at = text.as_bytes().windows(LENGTH).position(is_id)?;
    let (before, rest) = text.split_at(at);
    let (id, after) = rest.split_at(LENGTH);
    Some((before, id, after))
}

/// Takes away what no restore can bring back: client secrets and times of the records themselves.
fn forget_what_the_instance_gives(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(forget_what_the_instance_gives),
        Value::Object(fields) => {
            if fields.contains_key("clientId") && fields.contains_key("secret") {
                fields.insert("secret".to_owned(), json!("a secret"));
            }
            if let Some(Value::Object(meta)) = fields.get_mut("meta") {
                meta.retain(|key, _| key != "created" && key != "lastModified");
            }
            fields.values_mut().for_each(forget_what_the_instance_gives);
        }
        Value::Bool(_) | Value::Null | Value::Number(_) | Value::String(_) => {}
    }
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

pub(crate) fn texts(value: &Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(text).collect()
}

#[test]
fn every_get_of_the_api_is_asked_or_left_out_with_a_reason() {
    use lifeboat_emulator::Seed;

    use crate::server::SOURCE;

    let server = Server::start(Seed::Everything, 0);
    let portrait = portrait(&server, SOURCE);
    let gets = documented_gets();
    assert!(gets.len() > 40);
    for template in &gets {
        let start = template.split('{').next().unwrap();
        let is_asked = portrait.keys().any(|path| path.starts_with(start));
        let is_left_out = LEFT_OUT.iter().any(|(path, _)| path == template);
        assert!(is_asked || is_left_out, "{template}");
    }
    for (path, reason) in LEFT_OUT {
        assert!(gets.iter().any(|get| get == path), "{path}: {reason}");
    }
}

#[test]
fn a_single_changed_value_is_a_difference() {
    use lifeboat_emulator::Seed;

    use crate::server::SOURCE;

    let server = Server::start(Seed::Everything, 0);
    let before = portrait(&server, SOURCE);
    assert_same(&before, &portrait(&server, SOURCE));
    let mut google = server.get(SOURCE, "/config/idps/google");
    google.as_object_mut().unwrap().remove("redirectURL");
    google["config"]["secret"] = json!("another");
    server.write(SOURCE, "PUT /config/idps/google", &google);
    let found = differences(&before, &portrait(&server, SOURCE));
    let paths: Vec<&str> = found.iter().map(|it| it.lines().next().unwrap()).collect();
    assert_eq!(paths, ["/config/idps", "/config/idps/google"]);
}
