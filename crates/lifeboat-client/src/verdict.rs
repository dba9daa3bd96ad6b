//! What the last attempt of a call means for the caller.

use secrecy::ExposeSecret as _;

use crate::{
    error::{ClientError, Details, Kind},
    exchange::{Answer, Attempt, Body, Call, is_success},
    lane::{Lane, Pass},
    message::{is_html, one_line, server_message},
    retry::{Effect, Reason, Retry},
    secret::Secrets,
    transport::{Cause, Content, FaultKind, PartBody},
};

/// The judge of one call, at the end of its attempts.
pub(crate) struct Verdict<'a> {
    pub(crate) call: &'a Call,
    pub(crate) lane: Lane<'a>,
    pub(crate) retry: &'a Retry,
}

impl Verdict<'_> {
    /// Turns the last attempt into the answer or into the error.
    pub(crate) fn on(
        self,
        attempt: Attempt,
        pass: &Pass,
        reason: Option<Reason>,
    ) -> Result<Answer, ClientError> {
        let mut details = self.details(reason);
        match attempt {
            Attempt::Answered(answer) => {
                let html = is_html(answer.content_type.as_deref());
                if is_success(answer.status) && !html {
                    return Ok(answer);
                }
                let content_type = answer.content_type.as_deref();
                details.status = Some(answer.status);
                details.message = match &answer.body {
                    Body::Whole(bytes) => server_message(content_type, bytes),
                    Body::Stream(_) => server_message(content_type, b""),
                };
                details.kind = self.kind_of(&answer);
                if is_success(answer.status) {
                    details.effect = Effect::Unknown;
                }
            }
            Attempt::Failed { status, fault } => {
                details.status = status;
                details.kind = match fault.kind {
                    FaultKind::Upload => Kind::Upload,
                    FaultKind::Broken
                    | FaultKind::Connect
                    | FaultKind::TimedOut
                    | FaultKind::Untrusted => Kind::Unavailable,
                };
                if status.is_some() {
                    details.message = Some("the answer broke off".to_owned());
                }
                details.cause = Some(fault.cause);
            }
            Attempt::TooLarge { status, limit } => {
                details.status = Some(status);
                details.kind = Kind::TooLarge;
                details.effect = Effect::Unknown;
                details.message = Some(format!("the body is larger than {limit} bytes"));
            }
        }
        Err(ClientError::new(self.presentable(details, pass)))
    }

    /// Makes the error of a call whose next attempt would come after its deadline.
    pub(crate) fn too_late(self, last_status: Option<u16>) -> ClientError {
        let mut details = self.details(Some(Reason::DeadlinePassed));
        details.status = last_status;
        if last_status == Some(429) {
            details.kind = Kind::RateLimited;
        }
        ClientError::new(details)
    }

    fn details(&self, reason: Option<Reason>) -> Details {
        Details {
            attempted: self.call.label.clone(),
            kind: Kind::Unavailable,
            status: None,
            message: None,
            attempts: self.retry.attempts_made().max(1),
            reason,
            effect: self.retry.effect(),
            cause: None,
        }
    }

    fn kind_of(&self, answer: &Answer) -> Kind {
        let signing_in = matches!(self.lane, Lane::SignIn);
        match answer.status {
            400 | 401 | 403 if signing_in => Kind::Unauthenticated,
            404 if signing_in => Kind::Configuration,
            401 => Kind::Unauthenticated,
            403 => Kind::Forbidden,
            404 if matches!(self.lane, Lane::Management(_)) && is_plain_not_found(answer) => {
                Kind::TenantNotFound
            }
            404 => Kind::NotFound,
            408 | 500.. => Kind::Unavailable,
            429 => Kind::RateLimited,
            400..500 => Kind::Refused,
            ..400 => Kind::Malformed,
        }
    }

    /// Takes out of the texts what repeats a secret and what is not fit for a terminal.
    fn presentable(&self, details: Details, pass: &Pass) -> Details {
        let mut secrets = Secrets::default();
        self.lane.add_secrets(&mut secrets);
        if let Some(bearer) = pass.bearer() {
            secrets.add(bearer.expose_secret());
        }
        if let Some(basic) = &self.call.basic {
            secrets.add(basic.secret.expose_secret());
        }
        for (name, value) in self.call.url.query_pairs() {
            secrets.add_named(&name, &value);
        }
        match &self.call.content {
            Content::Empty => {}
            Content::Form(fields) => {
                for (name, value) in fields {
                    secrets.add_named(name, value.expose_secret());
                }
            }
            Content::Json(bytes) => secrets.add_json(bytes),
            Content::Multipart(parts) => {
                for part in parts {
                    if let PartBody::Bytes(bytes) = &part.body {
                        secrets.add_named(&part.name, &String::from_utf8_lossy(bytes));
                    }
                }
            }
        }
        let present = |text: String| one_line(&secrets.withhold(text));
        Details {
            message: details.message.map(present),
            cause: details.cause.map(|cause: Cause| cause.map(&present)),
            ..details
        }
    }
}

/// Returns whether a 404 is the one of the front door, which knows no such tenant.
fn is_plain_not_found(answer: &Answer) -> bool {
    let json = answer
        .content_type
        .as_deref()
        .is_some_and(|value| value.contains("json"));
    match &answer.body {
        Body::Whole(bytes) => !json && bytes.trim_ascii() == b"Not Found",
        Body::Stream(_) => false,
    }
}
