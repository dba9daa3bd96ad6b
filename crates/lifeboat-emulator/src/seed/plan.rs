//! The file of a seed, and how it is put into a tenant.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::directory::{User, operation};
use crate::media::Logo;
use crate::password::Password;
use crate::profile::{Owner, Profile, bulk};
use crate::reply::Refusal;
use crate::tenant::Tenant;
use crate::{action_url, application, mfa, role, setting, template};

/// The time at which seeds were made: 2024-03-02T10:00:00Z in milliseconds.
const SOWN: i64 = 1_709_373_600_000;

/// A seed's file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Plan {
    /// Bodies of configuration objects by path.
    #[serde(default)]
    settings: BTreeMap<String, Value>,
    /// Templates by name and language.
    #[serde(default)]
    templates: BTreeMap<String, BTreeMap<String, Value>>,
    #[serde(default)]
    action_urls: BTreeMap<String, Value>,
    #[serde(default)]
    extensions: BTreeMap<String, Value>,
    #[serde(default)]
    sms_channel: Option<Value>,
    /// The image in base64.
    #[serde(default)]
    logo: Option<String>,
    #[serde(default)]
    applications: Vec<PlannedApplication>,
    #[serde(default)]
    roles: Vec<PlannedRole>,
    #[serde(default)]
    directory: Vec<PlannedUser>,
    #[serde(default)]
    profiles: Vec<Value>,
    /// Attributes of users who never signed in.
    #[serde(default)]
    anonymous: Vec<Map<String, Value>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlannedApplication {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    scopes: Vec<String>,
    /// Names of roles.
    #[serde(default)]
    roles: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlannedRole {
    name: String,
    description: Option<String>,
    access: Vec<PlannedGrant>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlannedGrant {
    /// The application's place in the seed, counted from 0.
    application: usize,
    scopes: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlannedUser {
    password: String,
    #[serde(default)]
    earlier_passwords: Vec<String>,
    /// The record as an export shows it, without ids and hashes.
    record: Map<String, Value>,
    #[serde(default)]
    attributes: Map<String, Value>,
    #[serde(default)]
    roles: Vec<String>,
}

/// What is wrong with a seed.
pub(super) struct Fault(pub(super) String);

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self(match refusal {
            Refusal::Invalid(message) | Refusal::Conflict(message) => message,
            Refusal::Scim { detail, .. } => detail,
            other => format!("{other:?}"),
        })
    }
}

impl Plan {
    /// Returns the number of directory users.
    pub(super) fn users(&self) -> usize {
        self.directory.len()
    }

    /// Puts everything into a fresh tenant.
    pub(super) fn sow(self, tenant: &mut Tenant) -> Result<(), Fault> {
        self.sow_settings(tenant)?;
        let Self {
            applications,
            roles,
            directory,
            profiles,
            anonymous,
            ..
        } = self;
        sow_access(tenant, &applications, &roles)?;
        for user in &directory {
            sow_user(tenant, user)?;
        }
        for profile in &profiles {
            bulk::add(tenant, profile).map_err(|reason| Fault(reason.to_string()))?;
        }
        for attributes in &anonymous {
            let profile = Profile::new(Owner::Anonymous, attributes, Arc::from([]));
            tenant.profiles.add(profile);
        }
        Ok(())
    }

    fn sow_settings(&self, tenant: &mut Tenant) -> Result<(), Fault> {
        for (path, body) in &self.settings {
            let setting = setting::all()
                .find(|setting| setting.path == path)
                .ok_or_else(|| Fault(format!("no setting has the path {path}")))?;
            setting::store(tenant, setting, body.clone())?;
        }
        for (name, languages) in &self.templates {
            for (language, body) in languages {
                template::store(tenant, name, language, body.clone())?;
            }
        }
        for (action, body) in &self.action_urls {
            action_url::store(tenant, action, body.clone())?;
        }
        for (name, body) in &self.extensions {
            mfa::put_extension(tenant, name, body.clone())?;
        }
        if let Some(body) = &self.sms_channel {
            mfa::put_sms(tenant, body.clone())?;
        }
        if let Some(logo) = &self.logo {
            let bytes = STANDARD
                .decode(logo)
                .map_err(|err| Fault(err.to_string()))?;
            tenant.logo = Some(Logo::new(bytes.into())?);
        }
        Ok(())
    }
}

fn sow_access(
    tenant: &mut Tenant,
    applications: &[PlannedApplication],
    roles: &[PlannedRole],
) -> Result<(), Fault> {
    let mut ids = Vec::new();
    for planned in applications {
        let body = json!({ "name": planned.name, "type": planned.kind });
        let id = application::add(tenant, &body)?;
        application::put_scopes(tenant, id, &json!({ "scopes": planned.scopes }))?;
        ids.push(id);
    }
    for planned in roles {
        let grants = planned.access.iter().map(|grant| {
            let application = ids.get(grant.application).map(Uuid::to_string);
            json!({ "application_id": application, "scopes": grant.scopes })
        });
        let mut body = json!({ "name": planned.name, "access": grants.collect::<Vec<_>>() });
        if let Some(description) = &planned.description {
            body["description"] = json!(description);
        }
        role::add(tenant, &body)?;
    }
    for (planned, id) in applications.iter().zip(ids) {
        let roles = roles_named(tenant, &planned.roles)?;
        application::put_roles(tenant, id, roles.to_vec());
    }
    Ok(())
}

fn sow_user(tenant: &mut Tenant, planned: &PlannedUser) -> Result<(), Fault> {
    let mut record = planned.record.clone();
    operation::complete(tenant, &mut record)?;
    if tenant.directory.taken(&record, None).is_some() {
        let detail = "two users have the same name".to_owned();
        return Err(Refusal::Scim {
            status: StatusCode::CONFLICT,
            scim_type: "uniqueness",
            detail,
        }
        .into());
    }
    let mut user = User::new(&record, Password::new(&planned.password), SOWN);
    let earlier = planned.earlier_passwords.iter();
    user.earlier = earlier.map(|password| Password::new(password)).collect();
    let owner = Owner::Directory(user.id);
    tenant.directory.add(user);
    let roles = roles_named(tenant, &planned.roles)?;
    tenant
        .profiles
        .add(Profile::new(owner, &planned.attributes, roles));
    Ok(())
}

fn roles_named(tenant: &Tenant, names: &[String]) -> Result<Arc<[Uuid]>, Fault> {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let ids = tenant.role_ids(&names);
    if ids.len() == names.len() {
        Ok(ids)
    } else {
        Err(Fault(format!("one of the roles {names:?} does not exist")))
    }
}
