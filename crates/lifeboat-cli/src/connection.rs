//! The tenant to talk to and the key that opens it, read from where the settings say.

use std::path::Path;

use lifeboat_client::{ApiKey, Client, Connection, Options, Proxy};
use lifeboat_fetch::InstancePlan;
use secrecy::SecretString;

use crate::args::shared::ConnectionArgs;
use crate::config::{Setting, Settings};
use crate::exit::ExitClass;
use crate::failure::Failure;
use crate::files::{self, Role};
use crate::keys::{LARGEST_SECRET, one_line};

/// Returns which tenant is meant and where it is.
///
/// # Errors
///
/// A part that is missing or that is not safe to send credentials to.
pub(crate) fn connection(
    settings: &Settings<'_>,
    args: &ConnectionArgs,
) -> Result<Connection, Failure> {
    let tenant = settings.required_text(Setting::Tenant, args.tenant.as_deref())?;
    connection_to(settings, args, &tenant)
}

/// Returns where a tenant is that is named by other means than `--tenant`.
///
/// # Errors
///
/// As [`connection`].
pub(crate) fn connection_to(
    settings: &Settings<'_>,
    args: &ConnectionArgs,
    tenant: &str,
) -> Result<Connection, Failure> {
    let api_url = settings.required_text(Setting::ApiUrl, args.api_url.as_deref())?;
    let iam_url = match settings.text(Setting::IamUrl, args.iam_url.as_deref())? {
        Some(iam_url) => iam_url,
        None if is_of_ibm(&api_url) => IAM_URL.to_owned(),
        None => return Err(crate::config::missing(Setting::IamUrl)),
    };
    Ok(Connection::parse(&api_url, &iam_url, tenant)?)
}

/// Returns the plan that the operator says the instance has.
///
/// # Errors
///
/// A word that is no plan.
pub(crate) fn plan(
    settings: &Settings<'_>,
    args: &ConnectionArgs,
) -> Result<InstancePlan, Failure> {
    match settings
        .text(Setting::Plan, args.plan.as_deref())?
        .as_deref()
    {
        None | Some("graduated") => Ok(InstancePlan::Graduated),
        Some("lite") => Ok(InstancePlan::Lite),
        Some(other) => Err(Failure::usage(format!("`{other}` is not a plan of App ID"))
            .hint("the plans are `graduated` and `lite`")),
    }
}

/// Makes a client with the API key that the settings name.
///
/// # Errors
///
/// As [`api_key`], and an HTTP library that does not start.
pub(crate) fn client(settings: &Settings<'_>, connection: Connection) -> Result<Client, Failure> {
    let options = Options {
        proxy: Proxy::Environment,
        ..Options::STANDARD
    };
    Ok(Client::new(connection, api_key(settings)?, options)?)
}

/// Names the tenant that was not found: the service's answer does not.
pub(crate) fn name_tenant(failure: Failure, connection: &Connection) -> Failure {
    match failure.class {
        ExitClass::NotFound => failure.context(format!(
            "tenant `{}` was not found at {}",
            connection.tenant, connection.api_url
        )),
        _ => failure,
    }
}

/// Returns the API key.
///
/// # Errors
///
/// A key that is missing, empty or in a file that cannot be read.
pub(crate) fn api_key(settings: &Settings<'_>) -> Result<ApiKey, Failure> {
    if let Some(value) = settings.environment().value("IBMCLOUD_API_KEY") {
        let Some(value) = value.to_str() else {
            return Err(Failure::usage("the value of IBMCLOUD_API_KEY is not text"));
        };
        return match value.strip_prefix('@') {
            Some(path) => api_key_from_file(Path::new(path)),
            None => key(value),
        };
    }
    match settings.path(Setting::ApiKeyFile, None) {
        Some(path) => api_key_from_file(&path),
        None => Err(Failure::usage("there is no API key").hint(
            "set IBMCLOUD_API_KEY to it, or to @FILE, or name a file by `api_key_file` in a profile",
        )),
    }
}

/// Where App ID's own addresses get their tokens.
const IAM_URL: &str = "https://iam.cloud.ibm.com";

fn is_of_ibm(api_url: &str) -> bool {
    api_url
        .strip_prefix("https://")
        .and_then(|rest| rest.split('/').next())
        .is_some_and(|host| host.ends_with(".appid.cloud.ibm.com") && !host.contains('@'))
}

/// Reads a key that stands alone in a file, or in the JSON that `ibmcloud iam api-key-create --file` writes.
fn api_key_from_file(path: &Path) -> Result<ApiKey, Failure> {
    #[derive(serde::Deserialize)]
    struct Created {
        apikey: String,
    }
    let text = files::read_text(Role::ApiKey, path, LARGEST_SECRET)?;
    let malformed = || {
        Failure::usage(format!("API key file `{}` does not hold a key", path.display()))
            .hint("it holds the key alone in one line, or the JSON of `ibmcloud iam api-key-create --file`")
    };
    if text.trim_start().starts_with('{') {
        // The parser's message could quote the key.
        let created: Created = serde_json::from_str(&text).map_err(|_| malformed())?;
        return Ok(ApiKey::new(SecretString::from(created.apikey))?);
    }
    key(one_line(&text).ok_or_else(malformed)?)
}

fn key(text: &str) -> Result<ApiKey, Failure> {
    if text
        .chars()
        .any(|character| character.is_control() || character == ' ')
    {
        return Err(Failure::message(
            ExitClass::Usage,
            "the API key has a space or a control character",
        ));
    }
    Ok(ApiKey::new(SecretString::from(text))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_ibm_have_a_default_for_iam() {
        assert!(is_of_ibm("https://eu-de.appid.cloud.ibm.com"));
        assert!(is_of_ibm(
            "https://eu-de.appid.cloud.ibm.com/management/v4/t"
        ));
        for other in [
            "http://eu-de.appid.cloud.ibm.com",
            "https://appid.cloud.ibm.com.example.com",
            "https://example.com/.appid.cloud.ibm.com",
            "https://example.com@x.appid.cloud.ibm.com",
            "http://127.0.0.1:1",
        ] {
            assert!(!is_of_ibm(other), "{other}");
        }
    }
}
