//! Users as exports show them: with hashes under the export's secret, attributes and names of roles.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::password::{ALGORITHM, ExportKey};
use crate::profile::Profile;
use crate::tenant::Tenant;

use super::User;

/// How the record spells the user's former id; the service does it in two ways.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Spelling {
    /// `orignalId`, in the downloaded file.
    Download,
    /// `originalId`, in pages.
    Page,
}

/// A user and the profile, as they were at one moment.
#[derive(Clone, Debug)]
pub(crate) struct Exported {
    user: Arc<User>,
    profile: Option<Arc<Profile>>,
}

impl Exported {
    /// Takes hold of a user's present state.
    pub(crate) fn new(tenant: &Tenant, user: &Arc<User>) -> Self {
        Self {
            user: Arc::clone(user),
            profile: tenant.profiles.of_directory_user(user.id).map(Arc::clone),
        }
    }

    /// Returns the record of the user in an export.
    pub(crate) fn to_record(
        &self,
        key: &ExportKey,
        role_names: &BTreeMap<Uuid, String>,
        spelling: Spelling,
    ) -> Value {
        let hash = key.seal(&self.user.password);
        let mut history: Vec<Value> = self
            .user
            .earlier
            .iter()
            .map(|earlier| json!({ "passwordHash": key.seal(earlier), "hashAlgorithm": ALGORITHM }))
            .collect();
        history.push(json!({ "passwordHash": hash, "hashAlgorithm": ALGORITHM }));
        let mut scim_user = self.user.record.to_map();
        let id_key = match spelling {
            Spelling::Download => "orignalId",
            Spelling::Page => "originalId",
        };
        scim_user.insert(id_key.to_owned(), json!(self.user.id));
        scim_user.insert("passwordHistory".to_owned(), Value::Array(history));
        let (attributes, roles) = match &self.profile {
            None => (serde_json::Map::new(), Vec::new()),
            Some(profile) => (
                profile.attributes.to_map(),
                profile
                    .roles
                    .iter()
                    .filter_map(|id| role_names.get(id))
                    .collect(),
            ),
        };
        json!({
            "scimUser": scim_user,
            "passwordHash": hash,
            "passwordHashAlg": ALGORITHM,
            "profile": { "attributes": attributes },
            "roles": roles,
        })
    }
}

/// Returns the names of all roles by id.
pub(crate) fn role_names(tenant: &Tenant) -> BTreeMap<Uuid, String> {
    let roles = tenant.roles.all().iter();
    roles.map(|role| (role.id, role.name.clone())).collect()
}
