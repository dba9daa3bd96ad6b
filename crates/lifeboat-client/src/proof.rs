//! Proof that a person can sign in: the password grant of a tenant's OAuth server.

use lifeboat_catalogue::Method;
use secrecy::SecretString;

use crate::{
    client::{Client, REPLY_BYTES},
    error::{ClientError, Kind},
    exchange::{Call, Reading},
    lane::Lane,
    retry::Repeat,
    transport::Content,
};

/// A name and its secret: of an application (client id and client secret) or of a person.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The client id, or the user name or address.
    pub name: String,
    /// The client secret, or the password.
    pub secret: SecretString,
}

/// How a sign-in ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInEnd {
    /// The server gave tokens, which were thrown away.
    Accepted,
    /// The server does not take these credentials, or not of this person, or not of this application.
    Refused,
}

impl Client {
    /// Signs a Cloud Directory user in at this tenant (RFC 6749 section 4.3) and forgets the tokens.
    ///
    /// The application authenticates by HTTP Basic; no management token is sent.
    pub async fn sign_in_user(
        &self,
        application: &Credentials,
        user: &Credentials,
    ) -> Result<SignInEnd, ClientError> {
        let call = Call {
            label: "POST the sign-in of a user".to_owned(),
            method: Method::Post,
            url: self.connection().oauth_url(),
            content: Content::Form(vec![
                ("grant_type", "password".into()),
                ("username", user.name.clone().into()),
                ("password", user.secret.clone()),
            ]),
            repeat: Repeat::Safe,
            reading: Reading::Whole(REPLY_BYTES),
            basic: Some(application.clone()),
        };
        match self.exchange().run(&call, Lane::Public).await {
            Ok(_) => Ok(SignInEnd::Accepted),
            Err(error) => match error.kind() {
                Kind::Forbidden | Kind::Refused | Kind::Unauthenticated => Ok(SignInEnd::Refused),
                _ => Err(error),
            },
        }
    }
}
