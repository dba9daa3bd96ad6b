//! The one error of this crate: what was attempted, how it ended, what it means for the caller.

use std::{error::Error, fmt};

use crate::{
    retry::{Effect, Reason},
    transport::{Cause, Fault},
};

/// A call that did not end as asked.
///
/// Its texts hold no query, no body, no token and no key: what the service said is quoted only if it
/// repeats none of them.
#[derive(Clone, Debug)]
pub struct ClientError(Box<Details>);

#[derive(Clone, Debug)]
pub(crate) struct Details {
    pub(crate) attempted: String,
    pub(crate) kind: Kind,
    pub(crate) status: Option<u16>,
    pub(crate) message: Option<String>,
    pub(crate) attempts: u32,
    pub(crate) reason: Option<Reason>,
    pub(crate) effect: Effect,
    pub(crate) cause: Option<Cause>,
}

/// What a caller can tell apart and act upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The request cannot be put together from what the program was given: correct it.
    Configuration,
    /// The role of the API key does not allow this: give it a higher one.
    Forbidden,
    /// The answer is not what the API gives, such as a web page or a redirect: check the address.
    Malformed,
    /// There is no such object.
    NotFound,
    /// The service's limit lasted longer than all attempts, or longer than is sensible to wait.
    RateLimited,
    /// The service does not take the request as it is.
    Refused,
    /// There is no such tenant at this address: check tenant id and region.
    TenantNotFound,
    /// The answer is larger than is sensible for it.
    TooLarge,
    /// The API key, or the token got for it, is not accepted: check the key.
    Unauthenticated,
    /// The service cannot be reached or fails, after all attempts: try later.
    Unavailable,
    /// What was to be uploaded could not be read.
    Upload,
}

impl ClientError {
    pub(crate) fn new(details: Details) -> Self {
        Self(Box::new(details))
    }

    /// Makes an error about a request that was never sent.
    pub(crate) fn unsent(attempted: String, kind: Kind, message: &str) -> Self {
        Self::new(Details {
            attempted,
            kind,
            status: None,
            message: Some(message.to_owned()),
            attempts: 0,
            reason: None,
            effect: Effect::None,
            cause: None,
        })
    }

    /// Makes the error of a client that cannot be made.
    pub(crate) fn set_up(cause: Cause) -> Self {
        let message = "the HTTP client cannot be set up";
        let mut error = Self::unsent("any request".to_owned(), Kind::Configuration, message);
        error.0.cause = Some(cause);
        error
    }

    /// Makes an error about a successful answer that is not what it should be.
    pub(crate) fn malformed(attempted: String, status: u16, message: &str) -> Self {
        let mut error = Self::unsent(attempted, Kind::Malformed, message);
        (error.0.status, error.0.attempts) = (Some(status), 1);
        error
    }

    /// Makes an error about a download whose body did not come to its end.
    pub(crate) fn broken_off(attempted: String, status: u16, fault: Fault) -> Self {
        let mut error = Self::malformed(attempted, status, "the answer broke off");
        (error.0.kind, error.0.cause) = (Kind::Unavailable, Some(fault.cause));
        error
    }

    /// Returns what the error means for the caller.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// Returns the status of the last answer, none if there was no answer.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// Returns whether the request may have changed something on the service all the same.
    ///
    /// It may after a lost answer, a time-out or a failing server; then only reading tells.
    pub fn may_have_taken_effect(&self) -> bool {
        self.0.effect == Effect::Unknown
    }

    /// Returns how many times the request was sent.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }
}

impl fmt::Display for ClientError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let details = &*self.0;
        write!(formatter, "`{}`", details.attempted)?;
        match (details.status, details.attempts) {
            (Some(status), _) => write!(formatter, " was answered with {status}")?,
            (None, 0) => formatter.write_str(" was not sent")?,
            (None, _) => formatter.write_str(" got no answer")?,
        }
        match (details.reason, details.attempts) {
            (Some(Reason::AttemptsUsed), attempts @ 2..) => {
                write!(formatter, " at the last of {attempts} attempts")?;
            }
            (Some(Reason::DeadlinePassed), _) => formatter.write_str(" before the deadline")?,
            (Some(Reason::TooLong), _) => {
                formatter.write_str(" that asks to wait longer than five minutes")?;
            }
            (Some(Reason::WouldRepeat), _) => {
                formatter.write_str(", and is not sent again because it may have taken effect")?;
            }
            (Some(Reason::AttemptsUsed | Reason::Hopeless) | None, _) => {}
        }
        match &details.message {
            Some(message) => write!(formatter, ": {message}"),
            None => Ok(()),
        }
    }
}

impl Error for ClientError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0
            .cause
            .as_ref()
            .map(|cause| cause as &(dyn Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(change: impl FnOnce(&mut Details), expected: &str) {
        let mut details = Details {
            attempted: "GET /config/tokens".to_owned(),
            kind: Kind::Unavailable,
            status: Some(503),
            message: None,
            attempts: 1,
            reason: None,
            effect: Effect::None,
            cause: None,
        };
        change(&mut details);
        assert_eq!(ClientError::new(details).to_string(), expected);
    }

    #[test]
    fn an_error_says_what_was_attempted_and_how_it_ended() {
        check(
            |details| details.message = Some("Forbidden".to_owned()),
            "`GET /config/tokens` was answered with 503: Forbidden",
        );
        check(
            |details| (details.attempts, details.reason) = (6, Some(Reason::AttemptsUsed)),
            "`GET /config/tokens` was answered with 503 at the last of 6 attempts",
        );
        check(
            |details| (details.status, details.reason) = (None, Some(Reason::DeadlinePassed)),
            "`GET /config/tokens` got no answer before the deadline",
        );
        check(
            |details| details.reason = Some(Reason::TooLong),
            "`GET /config/tokens` was answered with 503 that asks to wait longer than five minutes",
        );
        check(
            |details| (details.status, details.reason) = (None, Some(Reason::WouldRepeat)),
            "`GET /config/tokens` got no answer, and is not sent again because it may have taken effect",
        );
        let unsent = ClientError::unsent("GET x".to_owned(), Kind::Configuration, "no path");
        assert_eq!(unsent.to_string(), "`GET x` was not sent: no path");
    }
}
