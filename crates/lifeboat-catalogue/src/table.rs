//! The table itself, by area. Every row writes every column, in column order, even when it is empty.

mod applications;
mod identity_providers;
mod mail;
mod security;
mod users;
mod widget;

use crate::resource::{Resource, Unavailable};

/// Every resource, in reading order: what a reader must know first comes first.
pub static TABLE: &[Resource] = &[
    identity_providers::CLOUD_DIRECTORY,
    identity_providers::FACEBOOK,
    identity_providers::GOOGLE,
    identity_providers::SAML,
    identity_providers::CUSTOM,
    identity_providers::SAML_METADATA,
    applications::APPLICATION,
    applications::SCOPES,
    applications::ROLE,
    applications::ROLES,
    users::DIRECTORY_USER,
    users::PROFILE,
    users::DIRECTORY_LISTING,
    users::USER_LISTING,
    widget::THEME_TEXT,
    widget::THEME_COLOR,
    widget::LOGO,
    mail::LANGUAGES,
    mail::TEMPLATE,
    mail::SENDER_DETAILS,
    mail::ACTION_URL,
    mail::EMAIL_DISPATCHER,
    security::TOKENS,
    security::USERS_PROFILE,
    security::PASSWORD_REGEX,
    security::ADVANCED_PASSWORD_MANAGEMENT,
    security::MFA_CHANNEL,
    security::MFA_EXTENSION,
    security::MFA,
    security::SSO,
    security::RATE_LIMIT,
    security::REDIRECT_URIS,
    security::AUDIT,
];

/// What App ID never gives up, whatever the role: no gap of a backup, but said in every ledger.
pub static UNAVAILABLE: &[Unavailable] = &[
    Unavailable {
        name: "anonymous-users",
        title: "Anonymous users and their attributes",
        reason: "The service neither lists nor exports them.",
        source: "vendor documentation, page on data portability",
    },
    Unavailable {
        name: "client-credentials",
        title: "Client ids and secrets of applications as values",
        reason: "The service makes new ones on every creation and takes none.",
        source: "vendor Go SDK; wire behaviour confirmed by public scripts",
    },
    Unavailable {
        name: "default-social-credentials",
        title: "The vendor's default Facebook and Google credentials",
        reason: "They are shared development credentials that no answer shows.",
        source: "vendor documentation, page on identity providers",
    },
    Unavailable {
        name: "external-settings",
        title: "IAM policies, service credentials, root keys, plan, tags and network settings",
        reason: "They belong to the account and lie outside the management API.",
        source: "vendor documentation, page on disaster recovery",
    },
    Unavailable {
        name: "passwords",
        title: "Passwords in clear",
        reason: "The service keeps hashes, and exports them under a secret that the bundle carries.",
        source: "vendor documentation, page on Cloud Directory users",
    },
    Unavailable {
        name: "sessions",
        title: "Issued tokens, refresh tokens and single sign-on sessions",
        reason: "They live in the service and end with the instance.",
        source: "inferred from the API, which has no operation for them",
    },
    Unavailable {
        name: "signing-keys",
        title: "Token signing keys and the private keys of SAML",
        reason: "They are made for each instance and never leave it.",
        source: "vendor documentation, page on enterprise federation",
    },
];
