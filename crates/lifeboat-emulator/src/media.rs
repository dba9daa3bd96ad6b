//! The login widget's logo: uploaded as a form, shown as an address, served without a token.

use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;
use serde_json::json;
use uuid::Uuid;

use crate::call::Call;
use crate::random;
use crate::reply::{self, Refusal};
use crate::route::{Operation, get, post};
use crate::tenant::Tenant;

/// The largest logo, in bytes.
const MOST_BYTES: usize = 100 * 1024;
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
const JPEG: &[u8] = &[0xff, 0xd8, 0xff];

pub(crate) const OPERATIONS: &[Operation] = &[
    get("getMedia", "/config/ui/media", read),
    post("postMedia", "/config/ui/media", upload),
];

/// An uploaded image.
#[derive(Clone, Debug)]
pub(crate) struct Logo {
    /// The part of the address that changes with each upload.
    pub(crate) id: Uuid,
    /// The image.
    pub(crate) bytes: Bytes,
}

impl Logo {
    /// Takes an image if it is a PNG or a JPEG of the allowed size.
    pub(crate) fn new(bytes: Bytes) -> Result<Self, Refusal> {
        if bytes.len() > MOST_BYTES {
            return Err(Refusal::Invalid(format!(
                "the file is larger than {MOST_BYTES} bytes"
            )));
        }
        if !bytes.starts_with(PNG) && !bytes.starts_with(JPEG) {
            return Err(Refusal::Invalid("the file is not PNG or JPEG".to_owned()));
        }
        Ok(Self {
            id: random::id(),
            bytes,
        })
    }

    /// Builds the answer that carries the image.
    pub(crate) fn to_answer(&self) -> Response {
        let content_type = if self.bytes.starts_with(PNG) {
            "image/png"
        } else {
            "image/jpeg"
        };
        reply::with_body(StatusCode::OK, content_type, self.bytes.clone())
    }
}

fn read(tenant: &mut Tenant, _: &Call) -> Result<Response, Refusal> {
    let logo = tenant.logo.as_ref().ok_or(Refusal::NoObject("logo"))?;
    let image = format!("{}/media/{}/{}", tenant.origin, tenant.id, logo.id);
    Ok(reply::json(StatusCode::OK, &json!({ "image": image })))
}

fn upload(tenant: &mut Tenant, call: &Call) -> Result<Response, Refusal> {
    if call.required_query("mediaType")? != "logo" {
        return Err(Refusal::Invalid(
            "query parameter 'mediaType' should be 'logo'".to_owned(),
        ));
    }
    let part = call.part("file")?;
    let is_image = part
        .content_type
        .as_deref()
        .is_some_and(|kind| kind == "image/png" || kind == "image/jpeg");
    if !is_image {
        return Err(Refusal::Invalid(
            "the file's type should be image/png or image/jpeg".to_owned(),
        ));
    }
    tenant.logo = Some(Logo::new(part.bytes.clone())?);
    Ok(reply::empty(StatusCode::NO_CONTENT))
}
