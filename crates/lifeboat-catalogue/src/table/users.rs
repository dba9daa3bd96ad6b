//! Users and profiles. They are streamed: nothing here is ever held in memory as a whole.

use crate::endpoint::{Endpoint, ImportJob, Job};
use crate::kind::Kind;
use crate::resource::{Identity, Limits, Plan, Resource, Restore, Reversibility, Role, WriteShape};

pub(super) const DIRECTORY_USER: Resource = Resource {
    kind: Kind::DirectoryUser,
    title: "Cloud Directory users",
    doc: "Users of the service's own directory with password hash and history under the export secret, attributes, and roles by name. \
          An import gives new ids; a user whose identity exists is not imported again. \
          The old id stays in the record as `originalId` (spelled `orignalId` in some downloads).",
    endpoint: Endpoint::Bulk {
        export: "/cloud_directory/export",
        export_query: &[],
        items: "users",
        job: Some(Job {
            start: "/cloud_directory/export/all",
            status: "/cloud_directory/export/status",
            download: "/cloud_directory/export/download",
        }),
        import: Some("/cloud_directory/import"),
        import_job: Some(ImportJob {
            start: "/cloud_directory/import/all",
            status: "/cloud_directory/import/status",
        }),
    },
    identity: Identity::Server {
        id: "scimUser.originalId",
        natural: &["scimUser.userName", "scimUser.emails[].value"],
    },
    references: &[],
    read_only: &["scimUser.originalId", "scimUser.orignalId", "scimUser.meta"],
    volatile: &["passwordHash", "scimUser.passwordHistory"],
    secret: &["passwordHash", "scimUser.passwordHistory[].passwordHash"],
    encodings: &[],
    omit_empty: &[],
    write_shape: WriteShape::Same,
    after: &[Kind::Role],
    safe_posture: None,
    restore: Restore::Import,
    reversibility: Reversibility::Partly(
        "imported users can be removed; a removed user comes back with other ids",
    ),
    read_role: Role::Manager,
    plan: Plan::Any,
    limits: Limits {
        objects: Some(100_000),
        page: Some(50),
        batch: Some(50),
        bytes: None,
    },
    source: "vendor Go SDK, cloudDirectoryExport; documentation, pages on Cloud Directory users and data portability; public export files",
};

pub(super) const PROFILE: Resource = Resource {
    kind: Kind::Profile,
    title: "Profiles of other identity providers",
    doc: "Profiles and attributes of users of Facebook, Google, SAML and custom providers. The provider's own user id ties a person to a profile; \
          the profile id is the server's. Users who were registered before their first sign-in may be missing from the export.",
    endpoint: Endpoint::Bulk {
        export: "/users/export",
        export_query: &[],
        items: "users",
        job: None,
        import: Some("/users/import"),
        import_job: None,
    },
    identity: Identity::Server {
        id: "id",
        natural: &["identities[].provider", "identities[].id"],
    },
    references: &[],
    read_only: &["id"],
    volatile: &[],
    secret: &[],
    encodings: &[],
    omit_empty: &[],
    write_shape: WriteShape::Same,
    after: &[Kind::Role],
    safe_posture: None,
    restore: Restore::Import,
    reversibility: Reversibility::Partly(
        "imported profiles can be removed; a removed profile comes back with another id",
    ),
    read_role: Role::Manager,
    plan: Plan::Any,
    limits: Limits {
        objects: None,
        page: Some(100),
        batch: Some(50),
        bytes: None,
    },
    source: "vendor Go SDK, usersExport and usersImport; documentation, page on data portability",
};

pub(super) const DIRECTORY_LISTING: Resource = Resource {
    kind: Kind::DirectoryListing,
    title: "List of Cloud Directory users",
    doc: "The directory's own view of its users, with `id`, `meta` and lock state, which the export does not carry. Kept for reference and to check the export's total.",
    endpoint: Endpoint::Bulk {
        export: "/cloud_directory/Users",
        export_query: &[],
        items: "Resources",
        job: None,
        import: None,
        import_job: None,
    },
    identity: Identity::Server {
        id: "id",
        natural: &["userName", "emails[].value"],
    },
    references: &[],
    read_only: &["id", "meta"],
    volatile: &[],
    secret: &[],
    encodings: &[],
    omit_empty: &[],
    write_shape: WriteShape::Same,
    after: &[],
    safe_posture: None,
    restore: Restore::Never(
        "Directory ids are the server's own; the users themselves are restored from `directory-user`.",
    ),
    reversibility: Reversibility::Reversible,
    read_role: Role::Reader,
    plan: Plan::Any,
    limits: Limits {
        objects: Some(100_000),
        page: Some(100),
        batch: None,
        bytes: None,
    },
    source: "vendor Go SDK, listCloudDirectoryUsers",
};

pub(super) const USER_LISTING: Resource = Resource {
    kind: Kind::UserListing,
    title: "List of all profiles",
    doc: "Every profile with its identities: the pairs of directory id and token subject (`sub`), which no export carries and applications store. Anonymous users are not listed.",
    endpoint: Endpoint::Bulk {
        export: "/users",
        export_query: &[("dataScope", "full")],
        items: "users",
        job: None,
        import: None,
        import_job: None,
    },
    identity: Identity::Server {
        id: "id",
        natural: &["identities[].provider", "identities[].id"],
    },
    references: &[],
    read_only: &["id"],
    volatile: &[],
    secret: &[],
    encodings: &[],
    omit_empty: &[],
    write_shape: WriteShape::Same,
    after: &[],
    safe_posture: None,
    restore: Restore::Never(
        "Profile ids are the server's own; the pairs are kept so that old ids can be mapped to new ones.",
    ),
    reversibility: Reversibility::Reversible,
    read_role: Role::Reader,
    plan: Plan::Any,
    limits: Limits {
        objects: None,
        page: Some(100),
        batch: None,
        bytes: None,
    },
    source: "vendor Go SDK, usersSearchUserProfile; documentation, page on Cloud Directory users",
};
