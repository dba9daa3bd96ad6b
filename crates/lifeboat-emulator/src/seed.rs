//! What a tenant starts with. Seeds pass the same checks as requests do.

use std::collections::BTreeMap;
use std::fmt::{Display, Formatter};
use std::str::FromStr;
use std::sync::Arc;

use uuid::Uuid;

use crate::directory::{MOST_USERS, User};
use crate::profile::{Attributes, Owner, Profile};
use crate::tenant::Tenant;
use crate::{StartError, generated, random};

mod plan;

use plan::Plan;

/// What a tenant starts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seed {
    /// A fresh instance.
    Empty,
    /// Every field of every resource differs from a fresh instance, as far as directory users can still sign in.
    Everything,
    /// A few settings, two applications, one role, five users.
    Small,
}

/// A text that names no seed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is no seed, one of: empty, small, everything")]
pub struct UnknownSeed {
    /// The text.
    pub name: String,
}

impl FromStr for Seed {
    type Err = UnknownSeed;

    fn from_str(name: &str) -> Result<Self, UnknownSeed> {
        match name {
            "empty" => Ok(Self::Empty),
            "everything" => Ok(Self::Everything),
            "small" => Ok(Self::Small),
            _ => Err(UnknownSeed {
                name: name.to_owned(),
            }),
        }
    }
}

impl Display for Seed {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Empty => "empty",
            Self::Everything => "everything",
            Self::Small => "small",
        })
    }
}

impl Seed {
    /// Puts the seed, and so many generated users, into a fresh tenant; an empty one stays empty.
    pub(crate) fn sow(self, tenant: &mut Tenant, users: u32) -> Result<(), StartError> {
        let text = match self {
            Self::Empty => include_str!("../../../fixtures/tenants/empty.json"),
            Self::Everything => include_str!("../../../fixtures/tenants/everything.json"),
            Self::Small => include_str!("../../../fixtures/tenants/small.json"),
        };
        let invalid = |reason: String| StartError::Seed { seed: self, reason };
        let plan: Plan = serde_json::from_str(text).map_err(|err| invalid(err.to_string()))?;
        let total = plan.users().saturating_add(users as usize);
        plan.sow(tenant).map_err(|fault| invalid(fault.0))?;
        if self == Self::Empty {
            return Ok(());
        }
        if total > MOST_USERS {
            return Err(StartError::TooManyUsers { users: total });
        }
        sow_generated(tenant, users);
        Ok(())
    }
}

/// Adds the users 0 to `count` - 1.
fn sow_generated(tenant: &mut Tenant, count: u32) {
    let available: Vec<Uuid> = tenant.roles.all().iter().map(|role| role.id).collect();
    let mut sets: BTreeMap<Vec<usize>, Arc<[Uuid]>> = BTreeMap::new();
    for number in 0..count {
        let user = User::generated(number, random::id());
        let roles = sets
            .entry(generated::roles(number, available.len()))
            .or_insert_with_key(|places| {
                let ids = places.iter().filter_map(|place| available.get(*place));
                ids.copied().collect()
            });
        tenant.profiles.add(Profile {
            id: random::id(),
            owner: Owner::Directory(user.id),
            attributes: Attributes::Generated(number),
            roles: Arc::clone(roles),
        });
        tenant.directory.add(user);
    }
}
