//! Mails of Cloud Directory: languages, templates, sender and the service that sends them.

use crate::endpoint::{Endpoint, Key, Unset, Values};
use crate::kind::Kind;
use crate::resource::{
    Encoding, Identity, Limits, Plan, Resource, Restore, Reversibility, Role, WriteShape,
};

pub(super) const LANGUAGES: Resource = Resource {
    kind: Kind::Languages,
    title: "Languages",
    doc: "The languages that mails may be written in; the first one is the default. A write replaces the list.",
    endpoint: Endpoint::Singleton {
        path: "/config/ui/languages",
    },
    identity: Identity::Path,
    references: &[],
    read_only: &[],
    volatile: &[],
    secret: &[],
    encodings: &[],
    omit_empty: &[],
    write_shape: WriteShape::Same,
    after: &[],
    safe_posture: None,
    restore: Restore::Put,
    reversibility: Reversibility::Reversible,
    read_role: Role::Reader,
    plan: Plan::Any,
    limits: Limits::NONE,
    source: "vendor Go SDK, getLocalization; Terraform provider",
};

pub(super) const TEMPLATE: Resource = Resource {
    kind: Kind::Template,
    title: "Mail templates",
    doc: "Subject and bodies of a mail, for each template and configured language. A read always answers, with the built-in text where nothing was customised; a write carries one of the two HTML forms, encoded because a firewall before the API may stop raw HTML.",
    endpoint: Endpoint::Keyed {
        path: "/config/cloud_directory/templates/{templateName}/{language}",
        keys: &[
            Key {
                name: "templateName",
                values: Values::Fixed(&[
                    "USER_VERIFICATION",
                    "WELCOME",
                    "PASSWORD_CHANGED",
                    "RESET_PASSWORD",
                    "MFA_VERIFICATION",
                ]),
            },
            Key {
                name: "language",
                values: Values::Listed {
                    kind: Kind::Languages,
                    field: "languages",
                },
            },
        ],
        unset: Unset::Impossible,
    },
    identity: Identity::Path,
    references: &[],
    read_only: &[],
    volatile: &[],
    secret: &[],
    encodings: &[Encoding {
        encoded: "base64_encoded_html_body",
        plain: "html_body",
    }],
    omit_empty: &[],
    write_shape: WriteShape::Same,
    after: &[Kind::Languages],
    safe_posture: None,
    restore: Restore::Put,
    reversibility: Reversibility::Reversible,
    read_role: Role::Reader,
    plan: Plan::Any,
    limits: Limits::NONE,
    source: "vendor Go SDK, getTemplate; Terraform provider",
};

pub(super) const SENDER_DETAILS: Resource = Resource {
    kind: Kind::SenderDetails,
    title: "Sender of mails",
    doc: "From and reply address of mails and the lifetime of their links, wrapped in `senderDetails` on reads and writes.",
    endpoint: Endpoint::Singleton {
        path: "/config/cloud_directory/sender_details",
    },
    identity: Identity::Path,
    references: &[],
    read_only: &[],
    volatile: &[],
    secret: &[],
    encodings: &[],
    omit_empty: &[],
    write_shape: WriteShape::Same,
    after: &[],
    safe_posture: None,
    restore: Restore::Put,
    reversibility: Reversibility::Reversible,
    read_role: Role::Reader,
    plan: Plan::Any,
    limits: Limits::NONE,
    source: "vendor Go SDK, getSenderDetails",
};

pub(super) const ACTION_URL: Resource = Resource {
    kind: Kind::ActionUrl,
    title: "Custom action URLs",
    doc: "Where a person lands after verifying an address or resetting a password. Unset is 404.",
    endpoint: Endpoint::Keyed {
        path: "/config/cloud_directory/action_url/{action}",
        keys: &[Key {
            name: "action",
            values: Values::Fixed(&["on_user_verified", "on_reset_password"]),
        }],
        unset: Unset::NotFound,
    },
    identity: Identity::Path,
    references: &[],
    read_only: &[],
    volatile: &[],
    secret: &[],
    encodings: &[],
    omit_empty: &[],
    write_shape: WriteShape::Same,
    after: &[],
    safe_posture: None,
    restore: Restore::Put,
    reversibility: Reversibility::Reversible,
    read_role: Role::Reader,
    plan: Plan::Any,
    limits: Limits::NONE,
    source: "vendor Go SDK, getCloudDirectoryActionUrl; Terraform provider",
};

pub(super) const EMAIL_DISPATCHER: Resource = Resource {
    kind: Kind::EmailDispatcher,
    title: "Mail provider",
    doc: "Who sends the mails, with credentials in clear. Written after the users, so that a restore sends nothing.",
    endpoint: Endpoint::Singleton {
        path: "/config/cloud_directory/email_dispatcher",
    },
    identity: Identity::Path,
    references: &[],
    read_only: &[],
    volatile: &[],
    secret: &[
        "sendgrid.apiKey",
        "custom.authorization.value",
        "custom.authorization.username",
        "custom.authorization.password",
    ],
    encodings: &[],
    omit_empty: &[],
    write_shape: WriteShape::Same,
    after: &[Kind::DirectoryUser, Kind::Profile],
    safe_posture: None,
    restore: Restore::Put,
    reversibility: Reversibility::Reversible,
    read_role: Role::Reader,
    plan: Plan::Any,
    limits: Limits::NONE,
    source: "vendor Go SDK, getCloudDirectoryEmailDispatcher",
};
