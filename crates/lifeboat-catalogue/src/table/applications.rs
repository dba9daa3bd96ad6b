//! Applications, their grants, and roles. Ids and client secrets are the server's own.

use crate::endpoint::Endpoint;
use crate::kind::Kind;
use crate::resource::{
    Identity, Limits, Plan, Reference, Resource, Restore, Reversibility, Role, WriteShape,
};

pub(super) const APPLICATION: Resource = Resource {
    kind: Kind::Application,
    title: "Applications",
    doc: "OAuth clients. The service gives `clientId` and `secret`, names may repeat, and the list keeps the order of creation: \
          a restore pairs old and new by name and order.",
    endpoint: Endpoint::Collection {
        path: "/applications",
        items: "applications",
        item: "/applications/{clientId}",
        id: "clientId",
    },
    identity: Identity::Server {
        id: "clientId",
        natural: &["name"],
    },
    references: &[],
    read_only: &[
        "clientId",
        "tenantId",
        "secret",
        "oAuthServerUrl",
        "profilesUrl",
        "discoveryEndpoint",
    ],
    volatile: &[],
    secret: &["secret"],
    encodings: &[],
    omit_empty: &[],
    write_shape: WriteShape::Fields(&["name", "type"]),
    after: &[],
    safe_posture: None,
    restore: Restore::CreateOrUpdate,
    reversibility: Reversibility::Partly(
        "a created application can be deleted, a deleted one gets another client id",
    ),
    read_role: Role::Reader,
    plan: Plan::Any,
    limits: Limits {
        objects: Some(200),
        page: None,
        batch: None,
        bytes: None,
    },
    source: "vendor Go SDK, listApplications and registerApplication; documentation, page on limits",
};

pub(super) const SCOPES: Resource = Resource {
    kind: Kind::ApplicationScopes,
    title: "Scopes of an application",
    doc: "The scopes that an application declares. A scope left out of a write is removed, from every role as well, for good.",
    endpoint: Endpoint::Relation {
        path: "/applications/{clientId}/scopes",
        parent: Kind::Application,
    },
    identity: Identity::Parent,
    references: &[],
    read_only: &[],
    volatile: &[],
    secret: &[],
    encodings: &[],
    omit_empty: &[],
    write_shape: WriteShape::Same,
    after: &[Kind::Application],
    safe_posture: None,
    restore: Restore::Put,
    reversibility: Reversibility::Partly("scopes that a write removed from roles do not return"),
    read_role: Role::Writer,
    plan: Plan::Any,
    limits: Limits {
        objects: Some(50),
        page: None,
        batch: None,
        bytes: None,
    },
    source: "vendor Go SDK, putApplicationsScopes; documentation, pages on access control and IAM roles",
};

pub(super) const ROLE: Resource = Resource {
    kind: Kind::Role,
    title: "Roles",
    doc: "A role grants scopes of applications. Names are unique; the access list names applications by client id, \
          which a restore maps.",
    endpoint: Endpoint::Collection {
        path: "/roles",
        items: "roles",
        item: "/roles/{roleId}",
        id: "id",
    },
    identity: Identity::Server {
        id: "id",
        natural: &["name"],
    },
    references: &[Reference {
        field: "access[].application_id",
        to: Kind::Application,
    }],
    read_only: &["id"],
    volatile: &[],
    secret: &[],
    encodings: &[],
    omit_empty: &[],
    write_shape: WriteShape::Same,
    after: &[Kind::Application, Kind::ApplicationScopes],
    safe_posture: None,
    restore: Restore::CreateOrUpdate,
    reversibility: Reversibility::Partly("a deleted role is taken from its users and applications"),
    read_role: Role::Reader,
    plan: Plan::Any,
    limits: Limits {
        objects: Some(50),
        page: None,
        batch: None,
        bytes: None,
    },
    source: "vendor Go SDK, createRole; documentation, pages on access control and limits",
};

pub(super) const ROLES: Resource = Resource {
    kind: Kind::ApplicationRoles,
    title: "Roles of an application",
    doc: "The roles that an application holds in the client-credentials flow. They are read as a list of objects and written as a list of ids.",
    endpoint: Endpoint::Relation {
        path: "/applications/{clientId}/roles",
        parent: Kind::Application,
    },
    identity: Identity::Parent,
    references: &[Reference {
        field: "roles[].id",
        to: Kind::Role,
    }],
    read_only: &[],
    volatile: &[],
    secret: &[],
    encodings: &[],
    omit_empty: &[],
    write_shape: WriteShape::Ids {
        list: "roles",
        id: "id",
    },
    after: &[Kind::Application, Kind::Role],
    safe_posture: None,
    restore: Restore::Put,
    reversibility: Reversibility::Reversible,
    read_role: Role::Reader,
    plan: Plan::Any,
    limits: Limits::NONE,
    source: "vendor Go SDK, putApplicationsRoles; documentation, page on access control",
};
