//! The sign-in of a person, as a proof that a password was restored.

use lifeboat_client::{ClientError, Credentials, Kind, SignInEnd};

use crate::{
    fixture::{Fixture, SIGN_IN},
    server::Answer,
};

const TOKEN: &str = "/oauth/v4/t-1/token";

async fn sign_in(fixture: &Fixture) -> Result<SignInEnd, ClientError> {
    let application = Credentials {
        name: "client-1".to_owned(),
        secret: "canary-client-secret".into(),
    };
    let user = Credentials {
        name: "a+b@example.com".to_owned(),
        secret: "canary pass&word".into(),
    };
    fixture.client.sign_in_user(&application, &user).await
}

#[tokio::test]
async fn a_person_signs_in_by_the_password_grant_without_the_management_token() {
    let fixture = Fixture::new().await;
    fixture
        .server
        .on(TOKEN, [Answer::json(200, r#"{"access_token":"canary"}"#)]);
    assert_eq!(sign_in(&fixture).await.unwrap(), SignInEnd::Accepted);
    let request = &fixture.server.received(TOKEN)[0];
    assert_eq!(request.line(), format!("POST {TOKEN}"));
    let basic = "Basic Y2xpZW50LTE6Y2FuYXJ5LWNsaWVudC1zZWNyZXQ=";
    assert_eq!(request.headers("authorization"), [basic]);
    assert_eq!(
        request.headers("content-type"),
        ["application/x-www-form-urlencoded"]
    );
    let body = "grant_type=password&username=a%2Bb%40example.com&password=canary+pass%26word";
    assert_eq!(request.body(), body.as_bytes());
    assert_eq!(fixture.server.received(SIGN_IN).len(), 0);
    assert_eq!(fixture.client.requests(), 0);
}

#[tokio::test]
async fn refused_credentials_are_an_outcome_and_a_failing_server_is_an_error() {
    for status in [400, 401, 403] {
        let fixture = Fixture::new().await;
        let body = r#"{"error":"invalid_grant","error_description":"wrong"}"#;
        fixture.server.on(TOKEN, [Answer::json(status, body)]);
        assert_eq!(sign_in(&fixture).await.unwrap(), SignInEnd::Refused);
        assert_eq!(fixture.server.received(TOKEN).len(), 1);
    }
    for (answer, kind) in [
        (Answer::json(503, ""), Kind::Unavailable),
        (Answer::json(404, ""), Kind::NotFound),
    ] {
        let fixture = Fixture::new().await;
        fixture.server.on(TOKEN, [answer]);
        assert_eq!(sign_in(&fixture).await.unwrap_err().kind(), kind);
    }
}

#[tokio::test]
async fn no_error_of_a_sign_in_shows_a_secret() {
    for said in [
        "canary-client-secret",
        "canary pass&word",
        "canary+pass%26word",
    ] {
        let fixture = Fixture::new().await;
        fixture.server.on(TOKEN, [Answer::plain(404, said)]);
        let text = crate::secrets::chain(&sign_in(&fixture).await.unwrap_err());
        assert!(!text.contains("canary"), "{text}");
    }
}
