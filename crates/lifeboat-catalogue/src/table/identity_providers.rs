//! Identity providers. They are held inactive, or closed, while a restore runs.

use crate::endpoint::Endpoint;
use crate::kind::Kind;
use crate::resource::{
    Forced, Identity, Limits, Literal, Plan, Resource, Restore, Reversibility, Role, SafePosture,
    WriteShape,
};

/// A provider that is switched off while a restore runs.
const INACTIVE: SafePosture = SafePosture {
    force: &[Forced {
        field: "isActive",
        value: Literal::False,
    }],
    fix: &[],
};

/// Users come first: nobody can sign in half-restored.
const AFTER_USERS: &[Kind] = &[Kind::DirectoryUser, Kind::Profile];

pub(super) const CLOUD_DIRECTORY: Resource = Resource {
    kind: Kind::IdpCloudDirectory,
    title: "Cloud Directory",
    doc: "The service's own user directory: sign-up, self-service, mails and the field that identifies a user. \
          The identity field freezes with the first user, so a restore writes it before any user.",
    endpoint: Endpoint::Singleton {
        path: "/config/idps/cloud_directory",
    },
    identity: Identity::Path,
    references: &[],
    read_only: &[],
    volatile: &[],
    secret: &[],
    encodings: &[],
    omit_empty: &[],
    write_shape: WriteShape::Same,
    after: &[
        Kind::DirectoryUser,
        Kind::Profile,
        Kind::Template,
        Kind::SenderDetails,
        Kind::EmailDispatcher,
    ],
    safe_posture: Some(SafePosture {
        force: &[
            Forced {
                field: "config.selfServiceEnabled",
                value: Literal::False,
            },
            Forced {
                field: "config.signupEnabled",
                value: Literal::False,
            },
            Forced {
                field: "config.interactions.identityConfirmation.accessMode",
                value: Literal::Text("OFF"),
            },
            Forced {
                field: "config.interactions.welcomeEnabled",
                value: Literal::False,
            },
            Forced {
                field: "config.interactions.resetPasswordEnabled",
                value: Literal::False,
            },
            Forced {
                field: "config.interactions.resetPasswordNotificationEnable",
                value: Literal::False,
            },
        ],
        fix: &["config.identityField"],
    }),
    restore: Restore::Put,
    reversibility: Reversibility::Partly(
        "the identity field is frozen once the directory has a user",
    ),
    read_role: Role::Reader,
    plan: Plan::Any,
    limits: Limits::NONE,
    source: "vendor Go SDK, getCloudDirectoryIDP; documentation, page on configuring Cloud Directory",
};

pub(super) const FACEBOOK: Resource = Resource {
    kind: Kind::IdpFacebook,
    title: "Facebook",
    doc: "Sign-in with Facebook. Without a `config` the vendor's shared default credentials are used, which no answer shows. \
          `redirectURL` belongs to the instance and changes with it.",
    endpoint: Endpoint::Singleton {
        path: "/config/idps/facebook",
    },
    identity: Identity::Path,
    references: &[],
    read_only: &["redirectURL"],
    volatile: &[],
    secret: &["config.secret"],
    encodings: &[],
    omit_empty: &["config"],
    write_shape: WriteShape::Same,
    after: AFTER_USERS,
    safe_posture: Some(INACTIVE),
    restore: Restore::Put,
    reversibility: Reversibility::Reversible,
    read_role: Role::Reader,
    plan: Plan::Any,
    limits: Limits::NONE,
    source: "vendor Go SDK, getFacebookIDP; Terraform provider",
};

pub(super) const GOOGLE: Resource = Resource {
    kind: Kind::IdpGoogle,
    title: "Google",
    doc: "Sign-in with Google; otherwise as Facebook.",
    endpoint: Endpoint::Singleton {
        path: "/config/idps/google",
    },
    identity: Identity::Path,
    references: &[],
    read_only: &["redirectURL"],
    volatile: &[],
    secret: &["config.secret"],
    encodings: &[],
    omit_empty: &["config"],
    write_shape: WriteShape::Same,
    after: AFTER_USERS,
    safe_posture: Some(INACTIVE),
    restore: Restore::Put,
    reversibility: Reversibility::Reversible,
    read_role: Role::Reader,
    plan: Plan::Any,
    limits: Limits::NONE,
    source: "vendor Go SDK, getGoogleIDP; Terraform provider",
};

pub(super) const SAML: Resource = Resource {
    kind: Kind::IdpSaml,
    title: "SAML",
    doc: "Federation with a SAML 2.0 identity provider. It cannot be activated before it has a configuration; \
          a write answers `validation_data` about the certificates, which a read does not.",
    endpoint: Endpoint::Singleton {
        path: "/config/idps/saml",
    },
    identity: Identity::Path,
    references: &[],
    read_only: &["validation_data"],
    volatile: &[],
    secret: &[],
    encodings: &[],
    omit_empty: &["config"],
    write_shape: WriteShape::Same,
    after: AFTER_USERS,
    safe_posture: Some(INACTIVE),
    restore: Restore::Put,
    reversibility: Reversibility::Partly("a SAML configuration cannot be unset, only switched off"),
    read_role: Role::Reader,
    plan: Plan::Any,
    limits: Limits::NONE,
    source: "vendor Go SDK, getSAMLIDP; documentation, pages on enterprise federation and disaster recovery",
};

pub(super) const CUSTOM: Resource = Resource {
    kind: Kind::IdpCustom,
    title: "Custom identity provider",
    doc: "Sign-in by tokens that the customer signs; the configuration is the public key in PEM.",
    endpoint: Endpoint::Singleton {
        path: "/config/idps/custom",
    },
    identity: Identity::Path,
    references: &[],
    read_only: &[],
    volatile: &[],
    secret: &[],
    encodings: &[],
    omit_empty: &["config"],
    write_shape: WriteShape::Same,
    after: AFTER_USERS,
    safe_posture: Some(INACTIVE),
    restore: Restore::Put,
    reversibility: Reversibility::Reversible,
    read_role: Role::Reader,
    plan: Plan::Any,
    limits: Limits::NONE,
    source: "vendor Go SDK, getCustomIDP; Terraform provider",
};

pub(super) const SAML_METADATA: Resource = Resource {
    kind: Kind::SamlMetadata,
    title: "SAML metadata of the instance",
    doc: "The XML document that the customer's SAML identity provider was given. \
          It is kept for reference: after a recovery the identity provider must be given the new instance's document.",
    endpoint: Endpoint::Singleton {
        path: "/config/saml_metadata",
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
    restore: Restore::Never("The service generates it, with keys of its own, for each instance."),
    reversibility: Reversibility::Reversible,
    read_role: Role::Writer,
    plan: Plan::Any,
    limits: Limits::NONE,
    source: "vendor Go SDK, getSAMLMetadata; documentation, page on IAM roles",
};
