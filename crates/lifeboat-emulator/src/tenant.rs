//! The whole state of one tenant.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;
use uuid::Uuid;

use crate::application::Application;
use crate::directory::Directory;
use crate::directory::job::Jobs;
use crate::limit::{Limits, Meter};
use crate::media::Logo;
use crate::ordered::Ordered;
use crate::profile::Profiles;
use crate::role::Role;

/// One service instance.
#[derive(Debug)]
pub(crate) struct Tenant {
    /// The instance's id.
    pub(crate) id: String,
    /// The address of the emulator, without a slash at the end.
    pub(crate) origin: Arc<str>,
    /// What the tenant used of its limits.
    pub(crate) meter: Meter,
    /// Single configuration objects by the name of their path; what is missing has its fresh value.
    pub(crate) settings: BTreeMap<&'static str, Value>,
    /// Customised templates by name and language.
    pub(crate) templates: BTreeMap<(String, String), Value>,
    /// Action URLs by action.
    pub(crate) action_urls: BTreeMap<String, Value>,
    /// Extensions by name.
    pub(crate) extensions: BTreeMap<String, Value>,
    /// The login widget's logo.
    pub(crate) logo: Option<Logo>,
    /// Registered applications.
    pub(crate) applications: Ordered<Application>,
    /// Roles.
    pub(crate) roles: Ordered<Role>,
    /// Directory users.
    pub(crate) directory: Directory,
    /// Profiles of users of all providers.
    pub(crate) profiles: Profiles,
    /// Asynchronous exports and imports.
    pub(crate) jobs: Jobs,
}

impl Tenant {
    /// Makes a fresh instance.
    pub(crate) fn new(id: String, origin: Arc<str>, limits: Limits) -> Self {
        Self {
            id,
            origin,
            meter: Meter::new(limits),
            settings: BTreeMap::new(),
            templates: BTreeMap::new(),
            action_urls: BTreeMap::new(),
            extensions: BTreeMap::new(),
            logo: None,
            applications: Ordered::new(),
            roles: Ordered::new(),
            directory: Directory::new(),
            profiles: Profiles::new(),
            jobs: Jobs::new(),
        }
    }

    /// Returns the names of roles, in the same order.
    pub(crate) fn role_names(&self, ids: &[Uuid]) -> Vec<String> {
        ids.iter()
            .filter_map(|id| self.roles.find(*id))
            .map(|role| role.name.clone())
            .collect()
    }

    /// Returns the ids of the roles with these names; names that no role has are left out.
    pub(crate) fn role_ids(&self, names: &[&str]) -> Arc<[Uuid]> {
        let mut ids = Vec::new();
        for name in names {
            let found = self.roles.all().iter().find(|role| role.name == *name);
            if let Some(role) = found
                && !ids.contains(&role.id)
            {
                ids.push(role.id);
            }
        }
        ids.into()
    }
}
