//! Users taken from an export.
//!
//! - A user gets a new id; the old one in the file is forgotten.
//! - An e-mail address or user name that exists is counted as failed, and nothing of that user changes.
//! - A hash that the given secret does not open is kept as it is: the user is there but cannot sign in.
//! - A role name that no role has is left out, and the user is imported without it.
//! - A profile is always made, with the attributes and roles of the file.
//! - No message is sent.

use serde_json::{Map, Value, json};

use crate::application::texts;
use crate::password::{ExportKey, Password};
use crate::profile::{Owner, Profile};
use crate::reply::Refusal;
use crate::tenant::Tenant;

use super::{MOST_USERS, Taken, User, emails, operation, user_name};

/// Keys of the record that are not kept.
const DROPPED: [&str; 6] = [
    "id",
    "meta",
    "orignalId",
    "originalId",
    "passwordHistory",
    "schemas",
];

/// How many users of an import were taken, and why others were not.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    added: usize,
    failures: Vec<Value>,
}

impl Outcome {
    /// Adds the result of one user.
    pub(crate) fn count(&mut self, result: Result<(), Value>) {
        match result {
            Ok(()) => self.added += 1,
            Err(reason) => self.failures.push(reason),
        }
    }

    /// Returns the answer of an import.
    pub(crate) fn to_body(&self) -> Value {
        json!({
            "added": self.added,
            "failed": self.failures.len(),
            "failReasons": self.failures,
        })
    }
}

/// Imports one user, or returns the reason why not.
pub(crate) fn add(
    tenant: &mut Tenant,
    key: &ExportKey,
    exported: &Value,
    now: i64,
) -> Result<(), Value> {
    let scim_user = exported["scimUser"].as_object();
    let scim_user = scim_user.ok_or_else(|| {
        reason(
            &Map::new(),
            "INVALID_REQUEST",
            "data should have required property 'scimUser'",
        )
    })?;
    let mut record = scim_user.clone();
    for name in DROPPED {
        record.remove(name);
    }
    if let Err(refusal) = operation::complete(tenant, &mut record) {
        let detail = match refusal {
            Refusal::Scim { detail, .. } => detail,
            _ => "the user is not valid".to_owned(),
        };
        return Err(reason(scim_user, "INVALID_REQUEST", &detail));
    }
    if let Some(taken) = tenant.directory.taken(&record, None) {
        let message = match taken {
            Taken::Email => "a user with the same email exists already",
            Taken::UserName => "a user with the same userName exists already",
        };
        return Err(reason(scim_user, "DUPLICATE", message));
    }
    if tenant.directory.users().len() >= MOST_USERS {
        let message = format!("an instance has at most {MOST_USERS} users");
        return Err(reason(scim_user, "LIMIT_EXCEEDED", &message));
    }
    let hash = exported["passwordHash"].as_str().unwrap_or("");
    let mut user = User::new(&record, key.open(hash), now);
    user.earlier = earlier(key, hash, scim_user);
    let id = user.id;
    tenant.directory.add(user);
    let empty = Map::new();
    let attributes = exported["profile"]["attributes"].as_object();
    let roles = tenant.role_ids(&texts(&exported["roles"]));
    let profile = Profile::new(Owner::Directory(id), attributes.unwrap_or(&empty), roles);
    tenant.profiles.add(profile);
    Ok(())
}

/// Returns the earlier passwords: the history without its newest entry, which is the current one.
fn earlier(key: &ExportKey, current: &str, scim_user: &Map<String, Value>) -> Vec<Password> {
    let hash = |entry: &Value| entry["passwordHash"].as_str().unwrap_or("").to_owned();
    let mut history: Vec<String> = scim_user
        .get("passwordHistory")
        .and_then(Value::as_array)
        .map(|entries| entries.iter().map(hash).collect())
        .unwrap_or_default();
    if history.last().is_some_and(|newest| newest == current) {
        history.pop();
    }
    history.iter().map(|hash| key.open(hash)).collect()
}

fn reason(scim_user: &Map<String, Value>, code: &str, message: &str) -> Value {
    let original = scim_user
        .get("originalId")
        .or_else(|| scim_user.get("orignalId"));
    json!({
        "originalId": original,
        "email": emails(scim_user).first(),
        "userName": user_name(scim_user),
        "error": { "code": code, "message": message },
    })
}
