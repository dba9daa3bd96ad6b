//! Tokens, tenants, limits and counters.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use lifeboat_emulator::{Emulator, Limits, Options, Seed, StartError, TenantSpec};
use serde_json::json;
use tokio::net::TcpListener;

use crate::wire::{API_KEY, OTHER, Server, TENANT, options};

const GRANT: &str = "grant_type=urn%3Aibm%3Aparams%3Aoauth%3Agrant-type%3Aapikey";

#[test]
fn api_key_is_exchanged_for_a_token_at_both_addresses() {
    let server = Server::start(Seed::Empty);
    for path in ["/identity/token", "/oidc/token"] {
        let answer = server.form(path, "", &format!("{GRANT}&apikey={API_KEY}"));
        assert_eq!(answer.status, 200);
        let body = answer.json();
        assert_eq!(body["token_type"], "Bearer");
        assert_eq!(body["expires_in"], 3_600);
        assert_eq!(body["refresh_token"], "not_supported");
        assert!(body["expiration"].as_i64().unwrap() > 1_700_000_000);
        let token = body["access_token"].as_str().unwrap();
        let answer = server.call_with(token, TENANT, "GET /roles", "");
        assert_eq!(answer.status, 200);
    }
}

#[test]
fn wrong_api_key_gets_the_error_of_the_token_service() {
    let server = Server::start(Seed::Empty);
    for (form, code) in [
        (format!("{GRANT}&apikey=wrong"), "BXNIM0415E"),
        (format!("{GRANT}&apikey="), "BXNIM0109E"),
        (format!("apikey={API_KEY}"), "BXNIM0109E"),
    ] {
        let answer = server.form("/identity/token", "", &form);
        assert_eq!(answer.status, 400);
        assert_eq!(answer.json()["errorCode"], code);
        assert!(answer.json()["errorMessage"].is_string());
    }
}

#[test]
fn missing_foreign_and_expired_tokens_are_refused() {
    let server = Server::start(Seed::Empty);
    let none = server.send(
        format!(
            "GET /management/v4/{TENANT}/roles HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        )
        .as_bytes(),
    );
    assert_eq!(none.status, 401);
    let foreign = Server::start(Seed::Empty).token;
    assert_eq!(
        server.call_with(&foreign, TENANT, "GET /roles", "").status,
        401
    );
    assert_eq!(
        server.call_with("a.b.c", TENANT, "GET /roles", "").status,
        401
    );
    let server = Server::with(Options {
        token_seconds: 0,
        ..options(Seed::Empty)
    });
    assert_eq!(server.call("GET", "/roles", "").status, 401);
}

#[test]
fn unknown_tenant_gets_the_plain_text_of_a_wrong_region() {
    let server = Server::start(Seed::Empty);
    let answer = server.call_to("no-such-tenant", "GET", "/roles", "");
    assert_eq!(answer.status, 404);
    assert_eq!(answer.text(), "Not Found");
    assert!(answer.head.contains("content-type: text/plain"));
    assert!(answer.head.contains("cache-control: no-store"));
}

#[test]
fn request_over_the_rate_blocks_one_tenant_until_the_block_ends() {
    let server = Server::with(Options {
        limits: Limits {
            requests_per_second: 5,
            ..Limits::documented()
        },
        ..options(Seed::Empty)
    });
    let statuses: Vec<u16> = (0..60)
        .map(|_| server.call("GET", "/roles", "").status)
        .collect();
    let first = statuses.iter().position(|status| *status == 429).unwrap();
    assert!(first >= 5, "{statuses:?}");
    assert!(statuses[first..].iter().all(|status| *status == 429));
    let answer = server.call("GET", "/roles", "");
    assert!(!answer.head.contains("retry-after"));
    assert_eq!(answer.json()["error_code"], "too many requests");
    assert_eq!(server.call_to(OTHER, "GET", "/roles", "").status, 200);
    assert!(server.requests().limited >= 1);
}

#[test]
fn block_ends_sooner_when_time_is_scaled() {
    let server = Server::with(Options {
        limits: Limits {
            requests_per_second: 1,
            block: Duration::from_secs(30),
            time_scale: 100.0,
            ..Limits::documented()
        },
        ..options(Seed::Empty)
    });
    let mut statuses = Vec::new();
    // In scaled time a request comes every few milliseconds; sooner or later two share a second, and later one is let in again.
    for _ in 0..100_000 {
        let status = server.call("GET", "/roles", "").status;
        if statuses.last() != Some(&status) {
            statuses.push(status);
        }
        if statuses.ends_with(&[200, 429, 200]) {
            return;
        }
    }
    panic!("{statuses:?}");
}

#[test]
fn changes_of_a_day_are_counted_by_request_and_reads_go_on() {
    let server = Server::with(Options {
        limits: Limits {
            changes_per_day: 2,
            ..Limits::off()
        },
        ..options(Seed::Empty)
    });
    let users: Vec<_> = (0..3)
        .map(|n| json!({"scimUser": {"emails": [{"value": format!("u{n}@example.org")}]}, "passwordHash": "", "profile": {"attributes": {}}, "roles": []}))
        .collect();
    server.post(
        "/cloud_directory/import?encryption_secret=s",
        &json!({ "users": users }),
        200,
    );
    server.put("/config/users_profile", &json!({"isActive": true}), 204);
    server.put("/config/users_profile", &json!({"isActive": false}), 429);
    assert_eq!(
        server.get("/config/users_profile"),
        json!({"isActive": true})
    );
    assert_eq!(
        server
            .call_to(
                OTHER,
                "PUT",
                "/config/users_profile",
                r#"{"isActive":true}"#
            )
            .status,
        204
    );
}

#[test]
fn requests_are_counted_by_operation() {
    let server = Server::start(Seed::Small);
    server.get("/roles");
    server.get("/roles");
    server.put("/config/users_profile", &json!({"isActive": true}), 204);
    let counts = server.requests();
    assert_eq!((counts.total, counts.writes, counts.limited), (3, 1, 0));
    assert_eq!(counts.by_operation["listRoles"], 2);
    assert_eq!(counts.by_operation["updateUserProfilesConfig"], 1);
    server.stop();
}

#[test]
fn emulator_refuses_tenants_it_cannot_serve() {
    let start = |tenants: Vec<TenantSpec>, users| {
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let options = Options {
                tenants,
                users,
                ..options(Seed::Empty)
            };
            Emulator::start(listener, options).await.unwrap_err()
        })
    };
    let tenant = |id: &str, seed| TenantSpec {
        id: id.to_owned(),
        seed,
    };
    assert!(matches!(
        start(vec![tenant("a/b", Seed::Empty)], 0),
        StartError::BadTenant { .. }
    ));
    assert!(matches!(
        start(vec![tenant("a", Seed::Empty), tenant("a", Seed::Small)], 0),
        StartError::SameTenant { .. }
    ));
    assert!(matches!(
        start(vec![tenant("a", Seed::Small)], 100_000),
        StartError::TooManyUsers { users: 100_005 }
    ));
    assert_eq!(
        "large".parse::<Seed>().unwrap_err().to_string(),
        "`large` is no seed, one of: empty, small, everything"
    );
}

#[test]
fn refused_request_is_read_to_its_end() {
    let server = Server::start(Seed::Empty);
    let body = format!("{{\"users\":\"{}\"}}", "x".repeat(4 * 1024 * 1024));
    let answer = server.call_with(
        "",
        TENANT,
        "POST /cloud_directory/import?encryption_secret=s",
        &body,
    );
    assert_eq!(answer.status, 401);
}

#[test]
fn latency_holds_back_tokens_and_management_calls() {
    let latency = Duration::from_millis(30);
    let server = Server::with(Options {
        latency,
        ..options(Seed::Empty)
    });
    let started = Instant::now();
    server.get("/roles");
    assert!(started.elapsed() >= latency);
    let started = Instant::now();
    server.new_token();
    assert!(started.elapsed() >= latency);
}

#[test]
fn stopped_emulator_is_gone_even_while_a_connection_idles() {
    let server = Server::start(Seed::Empty);
    let address = server.url().strip_prefix("http://").unwrap().to_owned();
    let idle = TcpStream::connect(&address).unwrap();
    server.stop();
    assert!(TcpStream::connect(&address).is_err());
    drop(idle);
}
