//! The stable names of resources: what bundles, reports, the command line and the documents call them.

use std::fmt;
use std::str::FromStr;

use crate::resource::Resource;
use crate::table::TABLE;

/// Names one row of the table.
///
/// The names are part of the bundle format's profile `appid-tenant`: they never change their meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Custom action URLs of Cloud Directory mails.
    ActionUrl,
    /// The advanced password policy.
    AdvancedPasswordManagement,
    /// Registered applications (OAuth clients).
    Application,
    /// The roles that an application itself holds.
    ApplicationRoles,
    /// The scopes that an application declares.
    ApplicationScopes,
    /// Whether sign-ins are recorded as audit events.
    Audit,
    /// The list of Cloud Directory users with their directory ids.
    DirectoryListing,
    /// Cloud Directory users with password hashes, attributes and role names.
    DirectoryUser,
    /// Who sends mails: the vendor, `SendGrid` or an own service.
    EmailDispatcher,
    /// Cloud Directory as an identity provider.
    IdpCloudDirectory,
    /// The custom identity provider.
    IdpCustom,
    /// Facebook as an identity provider.
    IdpFacebook,
    /// Google as an identity provider.
    IdpGoogle,
    /// SAML as an identity provider.
    IdpSaml,
    /// Languages that mails may be written in.
    Languages,
    /// The logo of the login widget.
    Logo,
    /// Whether a second factor is asked for.
    Mfa,
    /// Channels that carry the second factor.
    MfaChannel,
    /// Extensions called before and after the second factor.
    MfaExtension,
    /// The rule that a password must match.
    PasswordRegex,
    /// Profiles of users of other identity providers.
    Profile,
    /// Sign-in and sign-up limits of Cloud Directory.
    RateLimit,
    /// Where the service may redirect to after a sign-in.
    RedirectUris,
    /// Roles and the scopes that they grant.
    Role,
    /// The service's own SAML metadata.
    SamlMetadata,
    /// Sender, reply address and link lifetime of mails.
    SenderDetails,
    /// Cloud Directory single sign-on.
    Sso,
    /// Mail templates, by template and language.
    Template,
    /// The colour of the login widget.
    ThemeColor,
    /// Title and footnote of the login widget.
    ThemeText,
    /// Token lifetimes and claims.
    Tokens,
    /// The list of all profiles, which pairs directory ids with token subjects.
    UserListing,
    /// Whether users may change their own attributes.
    UsersProfile,
}

impl Kind {
    /// Returns the name in kebab-case, as bundles and the command line spell it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ActionUrl => "action-url",
            Self::AdvancedPasswordManagement => "advanced-password-management",
            Self::Application => "application",
            Self::ApplicationRoles => "application-roles",
            Self::ApplicationScopes => "application-scopes",
            Self::Audit => "audit",
            Self::DirectoryListing => "directory-listing",
            Self::DirectoryUser => "directory-user",
            Self::EmailDispatcher => "email-dispatcher",
            Self::IdpCloudDirectory => "idp-cloud-directory",
            Self::IdpCustom => "idp-custom",
            Self::IdpFacebook => "idp-facebook",
            Self::IdpGoogle => "idp-google",
            Self::IdpSaml => "idp-saml",
            Self::Languages => "languages",
            Self::Logo => "logo",
            Self::Mfa => "mfa",
            Self::MfaChannel => "mfa-channel",
            Self::MfaExtension => "mfa-extension",
            Self::PasswordRegex => "password-regex",
            Self::Profile => "profile",
            Self::RateLimit => "rate-limit",
            Self::RedirectUris => "redirect-uris",
            Self::Role => "role",
            Self::SamlMetadata => "saml-metadata",
            Self::SenderDetails => "sender-details",
            Self::Sso => "sso",
            Self::Template => "template",
            Self::ThemeColor => "theme-color",
            Self::ThemeText => "theme-text",
            Self::Tokens => "tokens",
            Self::UserListing => "user-listing",
            Self::UsersProfile => "users-profile",
        }
    }

    /// Returns the row of this kind.
    ///
    /// # Panics
    ///
    /// Never: a test of this crate proves that every kind has its row.
    #[expect(
        clippy::expect_used,
        reason = "the table has one row per kind, by test"
    )]
    pub fn resource(self) -> &'static Resource {
        TABLE
            .iter()
            .find(|row| row.kind == self)
            .expect("every kind has a row")
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        TABLE
            .iter()
            .map(|row| row.kind)
            .find(|kind| kind.name() == name)
            .ok_or_else(|| UnknownKind {
                name: name.to_owned(),
            })
    }
}

/// Says that a name is no kind of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownKind {
    /// The name as given.
    pub name: String,
}

impl fmt::Display for UnknownKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}` is not a kind of resource", self.name)
    }
}

impl std::error::Error for UnknownKind {}
