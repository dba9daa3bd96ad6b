//! The Cloud Directory: its users, and how they are found.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::generated;
use crate::ordered::{Member, Ordered};
use crate::password::{self, Password};
use crate::random;

pub(crate) mod bulk;
pub(crate) mod export;
pub(crate) mod import;
pub(crate) mod job;
pub(crate) mod operation;
pub(crate) mod removal;

/// The users that the service takes at most.
pub(crate) const MOST_USERS: usize = 100_000;

/// One user of the directory.
#[derive(Clone, Debug)]
pub(crate) struct User {
    /// The directory id.
    pub(crate) id: Uuid,
    /// Everything that is neither id nor password nor time.
    pub(crate) record: Record,
    /// The current password.
    pub(crate) password: Password,
    /// Earlier passwords, oldest first.
    pub(crate) earlier: Vec<Password>,
    /// When the user came, in milliseconds since 1970.
    pub(crate) created: i64,
    /// When the record changed last.
    pub(crate) modified: i64,
    /// When the user signed in last.
    pub(crate) last_login: Option<i64>,
}

/// The SCIM record of a user as exports show it, without ids and hashes.
#[derive(Clone, Debug)]
pub(crate) enum Record {
    /// That of a generated user.
    Generated(u32),
    /// A JSON object as text, which is a third of the size of a parsed one.
    Text(Box<str>),
}

impl Record {
    /// Keeps a record.
    pub(crate) fn new(record: &Map<String, Value>) -> Self {
        Self::Text(text(record))
    }

    /// Returns the record as an object.
    pub(crate) fn to_map(&self) -> Map<String, Value> {
        match self {
            Self::Generated(number) => generated::record(*number),
            Self::Text(text) => parse(text),
        }
    }
}

/// Returns an object as the text that is kept of it.
pub(crate) fn text(object: &Map<String, Value>) -> Box<str> {
    serde_json::to_string(object).unwrap_or_default().into()
}

/// Returns the object that a text was made of.
pub(crate) fn parse(text: &str) -> Map<String, Value> {
    serde_json::from_str(text).unwrap_or_default()
}

impl Member for User {
    fn id(&self) -> Uuid {
        self.id
    }
}

impl User {
    /// Makes a user with a fresh id.
    pub(crate) fn new(record: &Map<String, Value>, password: Password, now: i64) -> Self {
        Self {
            id: random::id(),
            record: Record::new(record),
            password,
            earlier: Vec::new(),
            created: now,
            modified: now,
            last_login: None,
        }
    }

    /// Makes the n-th generated user.
    pub(crate) fn generated(number: u32, id: Uuid) -> Self {
        let created = generated::created(number);
        Self {
            id,
            record: Record::Generated(number),
            password: password::of_generated(number, id),
            earlier: Vec::new(),
            created,
            modified: created,
            last_login: None,
        }
    }

    /// Returns the user as the management API shows it: with id and times, without password times.
    pub(crate) fn to_resource(&self) -> Value {
        let mut resource = self.record.to_map();
        resource.remove("passwordExpirationTimestamp");
        resource.remove("passwordUpdatedTimestamp");
        let mut meta = json!({
            "created": timestamp(self.created),
            "lastModified": timestamp(self.modified),
            "location": format!("/v1/directory/Users/{}", self.id),
            "resourceType": "User",
        });
        if let (Some(login), Some(meta)) = (self.last_login, meta.as_object_mut()) {
            meta.insert("lastLogin".to_owned(), json!(timestamp(login)));
        }
        resource.insert("id".to_owned(), json!(self.id));
        resource.insert("meta".to_owned(), meta);
        resource.insert("schemas".to_owned(), json!([SCHEMA]));
        Value::Object(resource)
    }
}

const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// Writes milliseconds since 1970 as the service does.
pub(crate) fn timestamp(milliseconds: i64) -> String {
    jiff::Timestamp::from_millisecond(milliseconds)
        .map(|time| time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string())
        .unwrap_or_default()
}

/// Returns the addresses of a record, the primary one first.
pub(crate) fn emails(record: &Map<String, Value>) -> Vec<String> {
    let Some(list) = record.get("emails").and_then(Value::as_array) else {
        return Vec::new();
    };
    let is_primary = |email: &&Value| email["primary"] == Value::Bool(true);
    let value = |email: &Value| email["value"].as_str().map(str::to_owned);
    list.iter()
        .filter(is_primary)
        .chain(list.iter().filter(|email| !is_primary(email)))
        .filter_map(value)
        .collect()
}

/// Returns the user name of a record.
pub(crate) fn user_name(record: &Map<String, Value>) -> Option<&str> {
    record.get("userName").and_then(Value::as_str)
}

/// Which name already belongs to somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// An e-mail address.
    Email,
    /// The user name.
    UserName,
}

/// All users in creation order.
#[derive(Debug)]
pub(crate) struct Directory {
    users: Ordered<User>,
    by_email: BTreeMap<Box<str>, Uuid>,
    by_user_name: BTreeMap<Box<str>, Uuid>,
}

impl Directory {
    /// Makes an empty directory.
    pub(crate) fn new() -> Self {
        Self {
            users: Ordered::new(),
            by_email: BTreeMap::new(),
            by_user_name: BTreeMap::new(),
        }
    }

    /// Returns the users, oldest first.
    pub(crate) fn users(&self) -> &Ordered<User> {
        &self.users
    }

    /// Returns a user to change what no index knows: times and passwords.
    pub(crate) fn user_mut(&mut self, id: Uuid) -> Option<&mut User> {
        self.users.find_mut(id)
    }

    /// Finds the owner of an e-mail address.
    pub(crate) fn by_email(&self, email: &str) -> Option<Uuid> {
        self.by_email.get(fold(email).as_ref()).copied()
    }

    /// Finds the owner of a user name.
    pub(crate) fn by_user_name(&self, user_name: &str) -> Option<Uuid> {
        self.by_user_name.get(fold(user_name).as_ref()).copied()
    }

    /// Says which name of a record belongs to a user other than `except`.
    pub(crate) fn taken(&self, record: &Map<String, Value>, except: Option<Uuid>) -> Option<Taken> {
        let other = |owner: Option<Uuid>| owner.is_some() && owner != except;
        if emails(record)
            .iter()
            .any(|email| other(self.by_email(email)))
        {
            return Some(Taken::Email);
        }
        let name = user_name(record)?;
        other(self.by_user_name(name)).then_some(Taken::UserName)
    }

    /// Adds a user; the caller has asked [`Directory::taken`].
    pub(crate) fn add(&mut self, user: User) {
        match &user.record {
            Record::Generated(number) => {
                let name: Box<str> = generated::email(*number).into();
                self.by_email.insert(name.clone(), user.id);
                self.by_user_name.insert(name, user.id);
            }
            Record::Text(_) => self.index(&user.record.to_map(), user.id),
        }
        self.users.push(user);
    }

    /// Gives a user another record.
    pub(crate) fn replace(&mut self, id: Uuid, record: &Map<String, Value>, now: i64) {
        self.forget(id);
        self.index(record, id);
        if let Some(user) = self.users.find_mut(id) {
            user.record = Record::new(record);
            user.modified = now;
        }
    }

    /// Removes a user and says whether it was there.
    pub(crate) fn remove(&mut self, id: Uuid) -> bool {
        self.forget(id);
        self.users.remove(id).is_some()
    }

    fn index(&mut self, record: &Map<String, Value>, id: Uuid) {
        for email in emails(record) {
            self.by_email.insert(fold(&email), id);
        }
        if let Some(name) = user_name(record) {
            self.by_user_name.insert(fold(name), id);
        }
    }

    fn forget(&mut self, id: Uuid) {
        let Some(record) = self.users.find(id).map(|user| user.record.to_map()) else {
            return;
        };
        for email in emails(&record) {
            self.by_email.remove(&fold(&email));
        }
        if let Some(name) = user_name(&record) {
            self.by_user_name.remove(&fold(name));
        }
    }
}

/// Returns the form in which names are compared: letters of either case are the same.
fn fold(name: &str) -> Box<str> {
    name.trim().to_lowercase().into()
}
