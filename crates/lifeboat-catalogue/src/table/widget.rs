//! The login widget.

use crate::endpoint::{Endpoint, Unset};
use crate::kind::Kind;
use crate::resource::{Identity, Limits, Plan, Resource, Restore, Reversibility, Role, WriteShape};

pub(super) const THEME_TEXT: Resource = Resource {
    kind: Kind::ThemeText,
    title: "Widget texts",
    doc: "Tab title and footnote of the login widget.",
    endpoint: Endpoint::Singleton {
        path: "/config/ui/theme_text",
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
    source: "vendor Go SDK, getThemeText",
};

pub(super) const THEME_COLOR: Resource = Resource {
    kind: Kind::ThemeColor,
    title: "Widget colour",
    doc: "Header colour of the login widget.",
    endpoint: Endpoint::Singleton {
        path: "/config/ui/theme_color",
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
    source: "vendor Go SDK, getThemeColor and postThemeColor, which is a PUT",
};

pub(super) const LOGO: Resource = Resource {
    kind: Kind::Logo,
    title: "Widget logo",
    doc: "The logo as bytes. A read answers only a URL, so a backup downloads it; an instance without a logo answers 404 or a default picture of the service.",
    endpoint: Endpoint::Blob {
        path: "/config/ui/media",
        link: "image",
        upload_query: ("mediaType", "logo"),
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
    restore: Restore::Upload,
    reversibility: Reversibility::No("the API has no operation that removes a logo"),
    read_role: Role::Reader,
    plan: Plan::Any,
    limits: Limits {
        objects: Some(1),
        page: None,
        batch: None,
        bytes: Some(102_400),
    },
    source: "vendor Go SDK, getMedia and postMedia",
};
