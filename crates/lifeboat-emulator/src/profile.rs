//! Profiles: what applications know of a user of any provider. Their id is the subject of tokens.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::directory::{parse, text};
use crate::generated;
use crate::ordered::{Member, Ordered};
use crate::random;

pub(crate) mod bulk;
pub(crate) mod operation;

/// One profile.
#[derive(Clone, Debug)]
pub(crate) struct Profile {
    /// The subject of the user's tokens.
    pub(crate) id: Uuid,
    /// Whose profile it is.
    pub(crate) owner: Owner,
    /// The custom attributes.
    pub(crate) attributes: Attributes,
    /// The ids of the roles, in the order given.
    pub(crate) roles: Arc<[Uuid]>,
}

/// Whose profile it is.
#[derive(Clone, Debug)]
pub(crate) enum Owner {
    /// Somebody who did not sign in: never listed, never exported.
    Anonymous,
    /// A directory user, perhaps one that was deleted since.
    Directory(Uuid),
    /// A user of another provider, or one who was announced: the record as exported, without id, attributes and roles.
    Provider(Box<str>),
}

/// Custom attributes.
#[derive(Clone, Debug)]
pub(crate) enum Attributes {
    /// Those of a generated user.
    Generated(u32),
    /// A JSON object as text.
    Text(Box<str>),
}

impl Attributes {
    /// Keeps attributes.
    pub(crate) fn new(attributes: &Map<String, Value>) -> Self {
        Self::Text(text(attributes))
    }

    /// Returns the attributes as an object.
    pub(crate) fn to_map(&self) -> Map<String, Value> {
        match self {
            Self::Generated(number) => generated::attributes(*number),
            Self::Text(text) => parse(text),
        }
    }
}

impl Member for Profile {
    fn id(&self) -> Uuid {
        self.id
    }
}

impl Profile {
    /// Makes a profile with a fresh id.
    pub(crate) fn new(owner: Owner, attributes: &Map<String, Value>, roles: Arc<[Uuid]>) -> Self {
        Self {
            id: random::id(),
            owner,
            attributes: Attributes::new(attributes),
            roles,
        }
    }

    /// Returns the record of a user of another provider.
    pub(crate) fn record(&self) -> Option<Map<String, Value>> {
        match &self.owner {
            Owner::Provider(record) => Some(parse(record)),
            Owner::Anonymous | Owner::Directory(_) => None,
        }
    }
}

/// Returns the provider and the provider's id of each identity in a record.
pub(crate) fn identities(record: &Map<String, Value>) -> Vec<(String, String)> {
    let Some(list) = record.get("identities").and_then(Value::as_array) else {
        return Vec::new();
    };
    list.iter()
        .filter_map(|identity| {
            let provider = identity["provider"].as_str()?;
            let id = identity["id"].as_str()?;
            Some((provider.to_owned(), id.to_owned()))
        })
        .collect()
}

/// All profiles in creation order.
#[derive(Debug)]
pub(crate) struct Profiles {
    listed: Ordered<Profile>,
    anonymous: Ordered<Profile>,
    by_directory_user: BTreeMap<Uuid, Uuid>,
    by_identity: BTreeMap<(String, String), Uuid>,
}

impl Profiles {
    /// Makes an empty list.
    pub(crate) fn new() -> Self {
        Self {
            listed: Ordered::new(),
            anonymous: Ordered::new(),
            by_directory_user: BTreeMap::new(),
            by_identity: BTreeMap::new(),
        }
    }

    /// Returns the profiles, oldest first, without the anonymous ones.
    pub(crate) fn listed(&self) -> &[Arc<Profile>] {
        self.listed.all()
    }

    /// Finds any profile.
    pub(crate) fn find(&self, id: Uuid) -> Option<&Arc<Profile>> {
        self.listed.find(id).or_else(|| self.anonymous.find(id))
    }

    /// Returns a profile to change its attributes or roles.
    pub(crate) fn find_mut(&mut self, id: Uuid) -> Option<&mut Profile> {
        match self.anonymous.find_mut(id) {
            None => self.listed.find_mut(id),
            found => found,
        }
    }

    /// Finds the profile of a directory user.
    pub(crate) fn of_directory_user(&self, user: Uuid) -> Option<&Arc<Profile>> {
        self.listed.find(*self.by_directory_user.get(&user)?)
    }

    /// Finds the profile that belongs to an identity at a provider.
    pub(crate) fn by_identity(&self, provider: &str, id: &str) -> Option<Uuid> {
        self.by_identity
            .get(&(provider.to_owned(), id.to_owned()))
            .copied()
    }

    /// Adds a profile.
    pub(crate) fn add(&mut self, profile: Profile) {
        match &profile.owner {
            Owner::Anonymous => return self.anonymous.push(profile),
            Owner::Directory(user) => {
                self.by_directory_user.insert(*user, profile.id);
            }
            Owner::Provider(record) => {
                for identity in identities(&parse(record)) {
                    self.by_identity.insert(identity, profile.id);
                }
            }
        }
        self.listed.push(profile);
    }

    /// Removes a profile and says whether it was there.
    pub(crate) fn remove(&mut self, id: Uuid) -> bool {
        let Some(profile) = self.listed.remove(id) else {
            return self.anonymous.remove(id).is_some();
        };
        match &profile.owner {
            Owner::Anonymous => {}
            Owner::Directory(user) => {
                self.by_directory_user.remove(user);
            }
            Owner::Provider(record) => {
                for identity in identities(&parse(record)) {
                    self.by_identity.remove(&identity);
                }
            }
        }
        true
    }

    /// Takes a role away from everybody.
    pub(crate) fn drop_role(&mut self, role: Uuid) {
        self.listed.change_where(
            |profile| profile.roles.contains(&role),
            |profile| {
                profile.roles = profile
                    .roles
                    .iter()
                    .copied()
                    .filter(|other| *other != role)
                    .collect();
            },
        );
    }
}
