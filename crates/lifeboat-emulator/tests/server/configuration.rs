//! Configuration: fresh values, PUT seen by the next GET, and where the two differ.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lifeboat_emulator::Seed;
use serde_json::{Value, json};

use crate::wire::{OTHER, Server, TENANT};

/// A configuration object: path, PUT body, status of the PUT, what the next GET shows if not the body.
struct Case(&'static str, Value, u16, Option<Value>);

fn cases() -> Vec<Case> {
    let directory = |mode: &str| {
        json!({"isActive": true, "config": {"selfServiceEnabled": false, "signupEnabled": false, "identityField": "userName",
        "interactions": {"identityConfirmation": {"accessMode": mode, "methods": ["email"]}, "welcomeEnabled": false,
        "resetPasswordEnabled": false, "resetPasswordNotificationEnable": false}}})
    };
    let policy = json!({"advancedPasswordManagement": {"enabled": true,
        "passwordReuse": {"enabled": true, "config": {"maxPasswordReuse": 3}}, "preventPasswordWithUsername": {"enabled": true},
        "passwordExpiration": {"enabled": true, "config": {"daysToExpire": 9}},
        "lockOutPolicy": {"enabled": true, "config": {"lockOutTimeSec": 60, "numOfAttempts": 2}},
        "minPasswordChangeInterval": {"enabled": true, "config": {"minHoursToChangePassword": 4}}}});
    let saml = json!({"entityID": "e", "signInUrl": "https://idp.example.org", "certificates": ["bm90IGEgY2VydGlmaWNhdGU="], "displayName": "S",
        "authnContext": {"class": ["urn:oasis:names:tc:SAML:2.0:ac:classes:X509"], "comparison": "better"}, "signRequest": true,
        "encryptResponse": true, "includeScoping": true, "idpInitEnabled": true, "idpRedirectUrl": null});
    let extension = json!({"isActive": true, "config": {"url": "https://h.example.org", "headers": {"Authorization": "Bearer x"}}});
    let template = json!({"subject": "Hi", "base64_encoded_html_body": "PGI+w7w8L2I+", "plain_text_body": "hi"});
    let shown_template = json!({"subject": "Hi", "base64_encoded_html_body": "PGI+w7w8L2I+", "plain_text_body": "hi", "html_body": "<b>ü</b>"});
    let regex = json!({"base64_encoded_regex": "Xi57MTAsfSQ=", "error_message": "ten"});
    let shown_regex = json!({"base64_encoded_regex": "Xi57MTAsfSQ=", "regex": "^.{10,}$", "error_message": "ten"});
    let nexmo = json!({"isActive": true, "config": {"key": "k", "secret": "s", "from": "+1", "provider": "nexmo"}});
    let shown_nexmo = json!({"isActive": true, "type": "sms", "config": {"key": "k", "secret": "s", "from": "+1", "provider": "nexmo"}});
    vec![
        Case("/config/idps/cloud_directory", directory("OFF"), 200, None),
        Case(
            "/config/idps/custom",
            json!({"isActive": true, "config": {"publicKey": "PEM"}, "more": 1}),
            200,
            None,
        ),
        Case(
            "/config/idps/saml",
            json!({"isActive": true, "config": saml}),
            200,
            None,
        ),
        Case(
            "/config/tokens",
            json!({"access": {"expires_in": 7}, "refresh": {"enabled": true, "expires_in": 8}, "anonymousAccess": {"enabled": false, "expires_in": 9},
            "idTokenClaims": [{"source": "roles"}], "accessTokenClaims": [{"source": "saml", "sourceClaim": "a.b", "destinationClaim": "c"}]}),
            200,
            None,
        ),
        Case(
            "/config/redirect_uris",
            json!({"redirectUris": ["https://b", "https://a"], "trustCloudIAMRedirectUris": true}),
            204,
            None,
        ),
        Case(
            "/config/users_profile",
            json!({"isActive": true}),
            204,
            None,
        ),
        Case(
            "/config/capture_runtime_activity",
            json!({"isActive": true}),
            204,
            None,
        ),
        Case(
            "/config/ui/theme_text",
            json!({"tabTitle": "ü", "footnote": ""}),
            204,
            None,
        ),
        Case(
            "/config/ui/theme_color",
            json!({"headerColor": "#000"}),
            204,
            None,
        ),
        Case(
            "/config/ui/languages",
            json!({"languages": ["de-DE", "en", "zh-Hans-CN"]}),
            204,
            None,
        ),
        Case(
            "/config/cloud_directory/templates/WELCOME/de-DE",
            template,
            200,
            Some(shown_template),
        ),
        Case(
            "/config/cloud_directory/sender_details",
            json!({"senderDetails": {"from": {"name": "n", "email": "a@b"}, "reply_to": {"name": "r", "email": "c@d"}, "cc": [1], "linkExpirationSec": 900}}),
            204,
            None,
        ),
        Case(
            "/config/cloud_directory/action_url/on_user_verified",
            json!({"actionUrl": "https://x"}),
            200,
            None,
        ),
        Case(
            "/config/cloud_directory/action_url/on_reset_password",
            json!({"actionUrl": "https://y"}),
            200,
            None,
        ),
        Case(
            "/config/cloud_directory/password_regex",
            regex,
            200,
            Some(shown_regex),
        ),
        Case(
            "/config/cloud_directory/email_dispatcher",
            json!({"provider": "sendgrid", "sendgrid": {"apiKey": "SG"}}),
            200,
            None,
        ),
        Case(
            "/config/cloud_directory/advanced_password_management",
            policy,
            200,
            None,
        ),
        Case(
            "/config/cloud_directory/mfa",
            json!({"isActive": true, "config": {"x": 1}}),
            200,
            Some(json!({"isActive": true})),
        ),
        Case(
            "/config/cloud_directory/mfa/channels/nexmo",
            nexmo,
            200,
            Some(shown_nexmo),
        ),
        Case(
            "/config/cloud_directory/mfa/extensions/premfa",
            extension.clone(),
            200,
            None,
        ),
        Case(
            "/config/cloud_directory/mfa/extensions/postmfa",
            extension,
            200,
            None,
        ),
        Case(
            "/config/cloud_directory/sso",
            json!({"isActive": true, "inactivityTimeoutSeconds": 60, "logoutRedirectUris": ["https://z"]}),
            201,
            None,
        ),
        Case(
            "/config/cloud_directory/rate_limit",
            json!({"signUpLimitPerMinute": 1, "signInLimitPerMinute": 2}),
            201,
            None,
        ),
    ]
}

#[test]
fn put_is_seen_by_the_next_get_of_the_same_tenant_only() {
    let server = Server::start(Seed::Empty);
    for Case(path, body, status, shown) in cases() {
        let before = server.call_to(OTHER, "GET", path, "").text();
        let answer = server.put(path, &body, status);
        let shown = shown.unwrap_or(body);
        assert_eq!(server.get(path), shown, "{path}");
        if status == 204 {
            assert_eq!(answer.text(), "", "{path}");
        } else {
            let mut answered = answer.json();
            answered.as_object_mut().unwrap().remove("validation_data");
            assert_eq!(answered, shown, "{path}");
        }
        assert_eq!(
            server.call_to(OTHER, "GET", path, "").text(),
            before,
            "{path}"
        );
    }
}

#[test]
fn unknown_keys_are_kept_and_shown() {
    let server = Server::start(Seed::Empty);
    for Case(path, mut body, status, _) in cases() {
        if path.contains("/mfa/channels/") {
            body["config"]["future"] = json!({"a": [1]});
            server.put(path, &body, status);
            assert_eq!(server.get(path)["config"]["future"], json!({"a": [1]}));
            continue;
        }
        body["future"] = json!({"a": [1]});
        server.put(path, &body, status);
        assert_eq!(server.get(path)["future"], json!({"a": [1]}), "{path}");
    }
}

#[test]
fn body_that_breaks_the_schema_is_refused_and_changes_nothing() {
    let server = Server::start(Seed::Empty);
    let cases = [
        (
            "/config/users_profile",
            json!({}),
            "data should have required property 'isActive'",
        ),
        (
            "/config/users_profile",
            json!({"isActive": "yes"}),
            "data.isActive should be boolean",
        ),
        (
            "/config/idps/facebook",
            json!({"isActive": true, "config": {}}),
            "data.config should have required property 'idpId'",
        ),
        (
            "/config/idps/saml",
            json!({"isActive": true}),
            "data should have required property 'config'",
        ),
        (
            "/config/idps/saml",
            json!({"isActive": false, "config": {"entityID": "e", "signInUrl": "s", "certificates": []}}),
            "data.config.certificates should NOT have fewer than 1 items",
        ),
        (
            "/config/cloud_directory/email_dispatcher",
            json!({"provider": "custom"}),
            "data should have required property 'custom'",
        ),
        (
            "/config/cloud_directory/email_dispatcher",
            json!({"provider": "post"}),
            "data.provider should be equal to one of the allowed values",
        ),
        (
            "/config/cloud_directory/sender_details",
            json!({"senderDetails": {}}),
            "data.senderDetails should have required property 'from'",
        ),
        (
            "/config/cloud_directory/sso",
            json!({"isActive": true, "inactivityTimeoutSeconds": 604_801, "logoutRedirectUris": []}),
            "data.inactivityTimeoutSeconds should be <= 604800",
        ),
        (
            "/config/cloud_directory/password_regex",
            json!({"base64_encoded_regex": "%"}),
            "data.base64_encoded_regex should be base64",
        ),
        (
            "/config/cloud_directory/templates/WELCOME/en",
            json!({"plain_text_body": "x"}),
            "data should have required property 'subject'",
        ),
        (
            "/config/cloud_directory/templates/WELCOME/de-DE",
            json!({"subject": "x"}),
            "language 'de-DE' is not one of the instance's languages",
        ),
        (
            "/config/cloud_directory/templates/WELCOME/en",
            json!({"subject": "x", "base64_encoded_html_body": "%"}),
            "data.base64_encoded_html_body should be base64",
        ),
        (
            "/config/ui/languages",
            json!({"languages": ["English"]}),
            "data.languages: 'English' is not a language",
        ),
        (
            "/config/cloud_directory/action_url/on_user_verified",
            json!({}),
            "data should have required property 'actionUrl'",
        ),
        (
            "/config/cloud_directory/mfa/channels/nexmo",
            json!({"isActive": true, "config": {"key": "k"}}),
            "data.config should have required property 'secret'",
        ),
        (
            "/config/cloud_directory/mfa/extensions/premfa",
            json!({"config": {}}),
            "data should have required property 'isActive'",
        ),
        (
            "/config/cloud_directory/mfa/extensions/premfa/active",
            json!({}),
            "data should have required property 'isActive'",
        ),
    ];
    for (path, body, message) in cases {
        let before = server.call("GET", path, "").text();
        let error = server.put(path, &body, 400).json();
        assert_eq!(
            error,
            json!({"errorCode": "INVALID_REQUEST", "message": message}),
            "{path}"
        );
        assert_eq!(server.call("GET", path, "").text(), before, "{path}");
    }
    let answer = server.call("PUT", "/config/tokens", "{");
    assert_eq!(answer.status, 400);
    assert_eq!(answer.json()["message"], "body is not valid JSON");
}

#[test]
fn unknown_keys_in_paths_are_not_found() {
    let server = Server::start(Seed::Empty);
    for path in [
        "/config/cloud_directory/templates/HELLO/en",
        "/config/cloud_directory/templates/WELCOME/english",
        "/config/cloud_directory/action_url/on_monday",
        "/config/cloud_directory/mfa/channels/sms",
        "/config/cloud_directory/mfa/extensions/midmfa",
        "/config/idps/twitter",
        "/config/ui",
        "/recent_authentications",
    ] {
        assert_eq!(server.call("GET", path, "").status, 404, "{path}");
    }
}

#[test]
fn token_objects_that_are_left_out_return_to_fresh() {
    let server = Server::start(Seed::Empty);
    let fresh = server.get("/config/tokens");
    server.put(
        "/config/tokens",
        &json!({"access": {"expires_in": 60}, "idTokenClaims": [{"source": "roles"}]}),
        200,
    );
    let mut expected = fresh.clone();
    expected["access"] = json!({"expires_in": 60});
    expected["idTokenClaims"] = json!([{"source": "roles"}]);
    assert_eq!(server.get("/config/tokens"), expected);
    server.put(
        "/config/tokens",
        &json!({"refresh": {"enabled": true}}),
        200,
    );
    expected = fresh;
    expected["refresh"] = json!({"enabled": true, "expires_in": 2_592_000});
    assert_eq!(server.get("/config/tokens"), expected);
}

#[test]
fn social_provider_shows_its_redirect_address_and_loses_its_credentials_without_config() {
    let server = Server::start(Seed::Empty);
    let redirect = format!("{}/oauth/v4/{TENANT}/callback", server.url());
    for path in ["/config/idps/facebook", "/config/idps/google"] {
        assert_eq!(
            server.get(path),
            json!({"isActive": true, "config": {}, "redirectURL": redirect})
        );
        let own = json!({"idpId": "1", "secret": "clear"});
        server.put(
            path,
            &json!({"isActive": false, "config": own, "redirectURL": "https://elsewhere"}),
            200,
        );
        assert_eq!(
            server.get(path),
            json!({"isActive": false, "config": own, "redirectURL": redirect})
        );
        server.put(path, &json!({"isActive": true}), 200);
        assert_eq!(server.get(path)["config"], json!({}));
    }
}

#[test]
fn saml_answer_adds_validity_and_an_activation_keeps_the_stored_configuration() {
    let server = Server::start(Seed::Everything);
    let shown = server.get("/config/idps/saml");
    assert!(shown.get("validation_data").is_none());
    let answer = server.put("/config/idps/saml", &shown, 200).json();
    let certificates = answer["validation_data"]["certificates"]
        .as_array()
        .unwrap()
        .clone();
    assert_eq!(certificates.len(), 2);
    for (index, certificate) in certificates.iter().enumerate() {
        assert_eq!(certificate["certificate_index"], index);
        assert!(certificate["expiration_timestamp"].as_i64().unwrap() > 2_000_000_000);
        assert!(certificate.get("warning").is_none());
    }
    server.put("/config/idps/saml", &json!({"isActive": true}), 200);
    assert_eq!(server.get("/config/idps/saml"), shown);
    server.put("/config/idps/saml", &json!({"isActive": false}), 200);
    assert_eq!(server.get("/config/idps/saml"), json!({"isActive": false}));
    let unreadable = json!({"isActive": false, "config": {"entityID": "e", "signInUrl": "s", "certificates": ["AAAA"]}});
    let answer = server.put("/config/idps/saml", &unreadable, 200).json();
    assert_eq!(
        answer["validation_data"]["certificates"][0]["warning"],
        "the certificate cannot be read"
    );
}

#[test]
fn template_returns_to_the_built_in_text_of_its_language() {
    let server = Server::start(Seed::Empty);
    let path = "/config/cloud_directory/templates/RESET_PASSWORD/en";
    let built_in = server.get(path);
    let html = STANDARD
        .decode(built_in["base64_encoded_html_body"].as_str().unwrap())
        .unwrap();
    assert_eq!(
        String::from_utf8(html).unwrap(),
        built_in["html_body"].as_str().unwrap()
    );
    assert_ne!(
        built_in,
        server.get("/config/cloud_directory/templates/RESET_PASSWORD/de-DE")
    );
    server.put(path, &json!({"subject": "s", "html_body": "<i>x</i>"}), 200);
    assert_eq!(
        server.get(path),
        json!({"subject": "s", "html_body": "<i>x</i>", "base64_encoded_html_body": "PGk+eDwvaT4="})
    );
    assert_eq!(server.call("DELETE", path, "").status, 204);
    assert_eq!(server.get(path), built_in);
}

#[test]
fn action_url_is_not_found_until_it_is_set_and_after_it_is_deleted() {
    let server = Server::start(Seed::Empty);
    let path = "/config/cloud_directory/action_url/on_reset_password";
    assert_eq!(server.call("GET", path, "").status, 404);
    server.put(path, &json!({"actionUrl": "https://x"}), 200);
    server.get(path);
    assert_eq!(server.call("DELETE", path, "").status, 204);
    assert_eq!(server.call("GET", path, "").status, 404);
}

#[test]
fn exactly_one_channel_is_active() {
    let server = Server::start(Seed::Empty);
    let channels = "/config/cloud_directory/mfa/channels";
    let active = |server: &Server| {
        let list = server.get(channels);
        [
            list["channels"][0]["isActive"] == json!(true),
            list["channels"][1]["isActive"] == json!(true),
        ]
    };
    let config = json!({"key": "k", "secret": "s", "from": "+1"});
    assert_eq!(active(&server), [true, false]);
    server.put(
        &format!("{channels}/nexmo"),
        &json!({"isActive": true, "config": config}),
        200,
    );
    assert_eq!(active(&server), [false, true]);
    assert_eq!(server.get(channels)["channels"][1]["config"]["secret"], "s");
    assert_eq!(
        server.get(&format!("{channels}/email")),
        json!({"type": "email", "isActive": false})
    );
    server.put(
        &format!("{channels}/email"),
        &json!({"isActive": true}),
        200,
    );
    assert_eq!(active(&server), [true, false]);
    server.put(
        &format!("{channels}/nexmo"),
        &json!({"isActive": true}),
        200,
    );
    server.put(
        &format!("{channels}/nexmo"),
        &json!({"isActive": false}),
        200,
    );
    assert_eq!(active(&server), [true, false]);
    assert_eq!(
        server.get(&format!("{channels}/nexmo"))["config"]["key"],
        "k"
    );
}

#[test]
fn extension_is_switched_without_losing_its_configuration() {
    let server = Server::start(Seed::Empty);
    let path = "/config/cloud_directory/mfa/extensions/premfa";
    assert_eq!(server.get(path), json!({"isActive": false}));
    let config = json!({"url": "https://h", "headers": {"Authorization": "Bearer clear"}});
    server.put(path, &json!({"isActive": false, "config": config}), 200);
    server.put(&format!("{path}/active"), &json!({"isActive": true}), 200);
    assert_eq!(
        server.get(path),
        json!({"isActive": true, "config": config})
    );
    server.put(path, &json!({"isActive": false}), 200);
    assert_eq!(
        server.get(path),
        json!({"isActive": false, "config": config})
    );
    server.put(
        path,
        &json!({"isActive": true, "config": {"url": "https://i"}}),
        200,
    );
    assert_eq!(server.get(path)["config"], json!({"url": "https://i"}));
}

#[test]
fn identity_field_is_frozen_while_the_directory_has_a_user() {
    let server = Server::start(Seed::Small);
    let path = "/config/idps/cloud_directory";
    let mut body = server.get(path);
    body["config"]["identityField"] = json!("userName");
    let error = server.put(path, &body, 400).json();
    assert_eq!(
        error["message"],
        "identityField cannot change while the directory has users"
    );
    body["config"]
        .as_object_mut()
        .unwrap()
        .remove("identityField");
    body["config"]["signupEnabled"] = json!(false);
    server.put(path, &body, 200);
    assert_eq!(server.get(path)["config"]["identityField"], "email");
    assert_eq!(server.get(path)["config"]["signupEnabled"], false);
}

#[test]
fn password_rule_is_set_by_either_form_and_reset_by_an_empty_one() {
    let server = Server::start(Seed::Empty);
    let path = "/config/cloud_directory/password_regex";
    server.put(path, &json!({"regex": "^ü$"}), 200);
    assert_eq!(
        server.get(path),
        json!({"regex": "^ü$", "base64_encoded_regex": STANDARD.encode("^ü$"), "error_message": ""})
    );
    server.put(path, &json!({"base64_encoded_regex": ""}), 200);
    assert_eq!(
        server.get(path),
        json!({"regex": "", "base64_encoded_regex": "", "error_message": ""})
    );
}

#[test]
fn list_of_providers_agrees_with_each_of_them() {
    let server = Server::start(Seed::Everything);
    let list = server.get("/config/idps");
    let list = list["idps"].as_array().unwrap();
    assert_eq!(list.len(), 5);
    for provider in list {
        let name = provider["idpName"].as_str().unwrap();
        let mut one = server.get(&format!("/config/idps/{name}"));
        one["idpName"] = json!(name);
        assert_eq!(provider, &one);
    }
}

#[test]
fn saml_metadata_is_xml_of_the_tenant() {
    let server = Server::start(Seed::Empty);
    let answer = server.call("GET", "/config/saml_metadata", "");
    assert_eq!(answer.status, 200);
    assert!(answer.head.contains("content-type: application/xml"));
    assert!(answer.text().contains(TENANT));
}

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nrest";
const FILE: &str = "; filename=\"logo.png\"\r\nContent-Type: image/png";

#[test]
fn logo_is_uploaded_as_a_form_and_served_without_a_token() {
    let server = Server::start(Seed::Empty);
    let media = "/config/ui/media";
    assert_eq!(server.call("GET", media, "").status, 404);
    let path = format!("{media}?mediaType=logo");
    assert_eq!(
        server.upload(TENANT, &path, &[("file", FILE, PNG)]).status,
        204
    );
    let first = server.get(media)["image"].as_str().unwrap().to_owned();
    let fetch = |url: &str| {
        let path = url.strip_prefix(server.url()).unwrap();
        server
            .send(format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes())
    };
    let answer = fetch(&first);
    assert_eq!((answer.status, answer.body.as_slice()), (200, PNG));
    assert!(answer.head.contains("content-type: image/png"));
    let jpeg = b"\xff\xd8\xff\xe0more";
    let header = "; filename=\"l.jpg\"\r\nContent-Type: image/jpeg";
    assert_eq!(
        server
            .upload(TENANT, &path, &[("file", header, jpeg)])
            .status,
        204
    );
    let second = server.get(media)["image"].as_str().unwrap().to_owned();
    assert_ne!(first, second);
    assert_eq!(fetch(&second).body, jpeg);
    assert_eq!(fetch(&first).status, 404);
}

#[test]
fn logo_that_is_too_large_or_no_image_is_refused() {
    let server = Server::start(Seed::Empty);
    let path = "/config/ui/media?mediaType=logo";
    let large = [PNG, &vec![0; 100 * 1024]].concat();
    let text = "; filename=\"a.txt\"\r\nContent-Type: text/plain";
    for (path, parts) in [
        (path, vec![("file", FILE, large.as_slice())]),
        (path, vec![("file", FILE, b"GIF89a".as_slice())]),
        (path, vec![("file", text, PNG)]),
        (path, vec![("image", FILE, PNG)]),
        ("/config/ui/media", vec![("file", FILE, PNG)]),
        ("/config/ui/media?mediaType=icon", vec![("file", FILE, PNG)]),
    ] {
        assert_eq!(server.upload(TENANT, path, &parts).status, 400);
    }
    assert_eq!(server.call("POST", path, "{}").status, 400);
    assert_eq!(server.call("GET", "/config/ui/media", "").status, 404);
}
