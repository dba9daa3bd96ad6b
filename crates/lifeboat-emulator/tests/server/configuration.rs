//! Configuration: fresh values, PUT seen by the next GET, and where the two differ.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lifeboat_emulator::Seed;
use serde_json::{Value, json};

use crate::wire::{OTHER, Server, TENANT};

/// Configuration objects, one on a line: status of the PUT, path, body, and after ` => ` what the next GET shows if not the body.
const CASES: &str = r##"
200 /config/idps/cloud_directory {"isActive":true,"config":{"selfServiceEnabled":false,"signupEnabled":false,"identityField":"userName","interactions":{"identityConfirmation":{"accessMode":"OFF","methods":["email"]},"welcomeEnabled":false,"resetPasswordEnabled":false,"resetPasswordNotificationEnable":false}}}
200 /config/idps/custom {"isActive":true,"config":{"publicKey":"PEM"},"more":1}
200 /config/idps/saml {"isActive":true,"config":{"entityID":"e","signInUrl":"https://idp.example.org","certificates":["bm90IGEgY2VydGlmaWNhdGU="],"displayName":"S","authnContext":{"class":["urn:oasis:names:tc:SAML:2.0:ac:classes:X509"],"comparison":"better"},"signRequest":true,"encryptResponse":true,"includeScoping":true,"idpInitEnabled":true,"idpRedirectUrl":null}}
200 /config/tokens {"access":{"expires_in":7},"refresh":{"enabled":true,"expires_in":8},"anonymousAccess":{"enabled":false,"expires_in":9},"idTokenClaims":[{"source":"roles"}],"accessTokenClaims":[{"source":"saml","sourceClaim":"a.b","destinationClaim":"c"}]}
204 /config/redirect_uris {"redirectUris":["https://b","https://a"],"trustCloudIAMRedirectUris":true}
204 /config/users_profile {"isActive":true}
204 /config/capture_runtime_activity {"isActive":true}
204 /config/ui/theme_text {"tabTitle":"ü","footnote":""}
204 /config/ui/theme_color {"headerColor":"#000"}
204 /config/ui/languages {"languages":["de-DE","en","zh-Hans-CN"]}
200 /config/cloud_directory/templates/WELCOME/de-DE {"subject":"Hi","base64_encoded_html_body":"PGI+w7w8L2I+","plain_text_body":"hi"} => {"subject":"Hi","base64_encoded_html_body":"PGI+w7w8L2I+","plain_text_body":"hi","html_body":"<b>ü</b>"}
204 /config/cloud_directory/sender_details {"senderDetails":{"from":{"name":"n","email":"a@b"},"reply_to":{"name":"r","email":"c@d"},"cc":[1],"linkExpirationSec":900}}
200 /config/cloud_directory/action_url/on_user_verified {"actionUrl":"https://x"}
200 /config/cloud_directory/action_url/on_reset_password {"actionUrl":"https://y"}
200 /config/cloud_directory/password_regex {"base64_encoded_regex":"Xi57MTAsfSQ=","error_message":"ten"} => {"base64_encoded_regex":"Xi57MTAsfSQ=","regex":"^.{10,}$","error_message":"ten"}
200 /config/cloud_directory/email_dispatcher {"provider":"sendgrid","sendgrid":{"apiKey":"SG"}}
200 /config/cloud_directory/advanced_password_management {"advancedPasswordManagement":{"enabled":true,"passwordReuse":{"enabled":true,"config":{"maxPasswordReuse":3}},"preventPasswordWithUsername":{"enabled":true},"passwordExpiration":{"enabled":true,"config":{"daysToExpire":9}},"lockOutPolicy":{"enabled":true,"config":{"lockOutTimeSec":60,"numOfAttempts":2}},"minPasswordChangeInterval":{"enabled":true,"config":{"minHoursToChangePassword":4}}}}
200 /config/cloud_directory/mfa {"isActive":true,"config":{"x":1}} => {"isActive":true}
200 /config/cloud_directory/mfa/channels/nexmo {"isActive":true,"config":{"key":"k","secret":"s","from":"+1","provider":"nexmo"}} => {"isActive":true,"type":"sms","config":{"key":"k","secret":"s","from":"+1","provider":"nexmo"}}
200 /config/cloud_directory/mfa/extensions/premfa {"isActive":true,"config":{"url":"https://h.example.org","headers":{"Authorization":"Bearer x"}}}
200 /config/cloud_directory/mfa/extensions/postmfa {"isActive":true,"config":{"url":"https://h.example.org","headers":{"Authorization":"Bearer x"}}}
201 /config/cloud_directory/sso {"isActive":true,"inactivityTimeoutSeconds":60,"logoutRedirectUris":["https://z"]}
201 /config/cloud_directory/rate_limit {"signUpLimitPerMinute":1,"signInLimitPerMinute":2}
"##;

/// A configuration object: status of the PUT, path, PUT body, what the next GET shows.
struct Case(u16, &'static str, Value, Value);

fn cases() -> Vec<Case> {
    let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let case = |line: &'static str| {
        let (status, rest) = line.split_once(' ').unwrap();
        let (path, rest) = rest.split_once(' ').unwrap();
        let (body, shown) = rest.split_once(" => ").unwrap_or((rest, rest));
        Case(status.parse().unwrap(), path, parse(body), parse(shown))
    };
    CASES
        .lines()
        .filter(|line| !line.is_empty())
        .map(case)
        .collect()
}

#[test]
fn put_is_seen_by_the_next_get_of_the_same_tenant_only() {
    let server = Server::start(Seed::Empty);
    for Case(status, path, body, shown) in cases() {
        let before = server.call_to(OTHER, "GET", path, "").text();
        let answer = server.put(path, &body, status);
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
    for Case(status, path, mut body, _) in cases() {
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

/// Bodies that are refused, one on a line: path, body, and after ` => ` the message.
const REFUSED: &str = r#"
/config/users_profile {} => data should have required property 'isActive'
/config/users_profile {"isActive":"yes"} => data.isActive should be boolean
/config/idps/facebook {"isActive":true,"config":{}} => data.config should have required property 'idpId'
/config/idps/saml {"isActive":true} => data should have required property 'config'
/config/idps/saml {"isActive":false,"config":{"entityID":"e","signInUrl":"s","certificates":[]}} => data.config.certificates should NOT have fewer than 1 items
/config/cloud_directory/email_dispatcher {"provider":"custom"} => data should have required property 'custom'
/config/cloud_directory/email_dispatcher {"provider":"post"} => data.provider should be equal to one of the allowed values
/config/cloud_directory/sender_details {"senderDetails":{}} => data.senderDetails should have required property 'from'
/config/cloud_directory/sso {"isActive":true,"inactivityTimeoutSeconds":604801,"logoutRedirectUris":[]} => data.inactivityTimeoutSeconds should be <= 604800
/config/cloud_directory/password_regex {"base64_encoded_regex":"%"} => data.base64_encoded_regex should be base64
/config/cloud_directory/templates/WELCOME/en {"plain_text_body":"x"} => data should have required property 'subject'
/config/cloud_directory/templates/WELCOME/de-DE {"subject":"x"} => language 'de-DE' is not one of the instance's languages
/config/cloud_directory/templates/WELCOME/en {"subject":"x","base64_encoded_html_body":"%"} => data.base64_encoded_html_body should be base64
/config/ui/languages {"languages":["English"]} => data.languages: 'English' is not a language
/config/cloud_directory/action_url/on_user_verified {} => data should have required property 'actionUrl'
/config/cloud_directory/mfa/channels/nexmo {"isActive":true,"config":{"key":"k"}} => data.config should have required property 'secret'
/config/cloud_directory/mfa/extensions/premfa {"config":{}} => data should have required property 'isActive'
/config/cloud_directory/mfa/extensions/premfa/active {} => data should have required property 'isActive'
/config/tokens { => body is not valid JSON
"#;

#[test]
fn body_that_breaks_the_schema_is_refused_and_changes_nothing() {
    let server = Server::start(Seed::Empty);
    for line in REFUSED.lines().filter(|line| !line.is_empty()) {
        let (path, rest) = line.split_once(' ').unwrap();
        let (body, message) = rest.split_once(" => ").unwrap();
        let before = server.call("GET", path, "").text();
        let answer = server.call("PUT", path, body);
        assert_eq!(answer.status, 400, "{line}");
        assert_eq!(
            answer.json(),
            json!({"errorCode": "INVALID_REQUEST", "message": message}),
            "{line}"
        );
        assert_eq!(server.call("GET", path, "").text(), before, "{line}");
    }
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
