//! Applications, scopes and roles.

use lifeboat_emulator::Seed;
use serde_json::{Value, json};

use crate::wire::{Server, TENANT};

fn register(server: &Server, body: &Value) -> Value {
    server.post("/applications", body, 200).json()
}

fn id(value: &Value) -> String {
    value["id"]
        .as_str()
        .or_else(|| value["clientId"].as_str())
        .unwrap()
        .to_owned()
}

#[test]
fn application_gets_id_secret_and_addresses_from_the_server() {
    let server = Server::start(Seed::Empty);
    let body = json!({"name": "web", "clientId": "mine", "secret": "mine"});
    let one = register(&server, &body);
    let two = register(&server, &body);
    assert_ne!(one["clientId"], two["clientId"]);
    assert_ne!(one["secret"], two["secret"]);
    assert_ne!(one["clientId"], "mine");
    assert_eq!(one["type"], "regularwebapp");
    assert_eq!(one["tenantId"], TENANT);
    let oauth = format!("{}/oauth/v4/{TENANT}", server.url());
    assert_eq!(one["oAuthServerUrl"], json!(oauth));
    assert_eq!(
        one["discoveryEndpoint"],
        json!(format!("{oauth}/.well-known/openid-configuration"))
    );
    let browser = register(
        &server,
        &json!({"name": "browser", "type": "singlepageapp"}),
    );
    assert!(browser.get("secret").is_none());
    let list = server.get("/applications");
    assert_eq!(list["applications"], json!([one, two, browser]));
    assert_eq!(server.get(&format!("/applications/{}", id(&two))), two);
}

#[test]
fn application_keeps_all_but_its_name_and_goes_when_deleted() {
    let server = Server::start(Seed::Empty);
    let before = register(&server, &json!({"name": "web"}));
    let path = format!("/applications/{}", id(&before));
    let after = server
        .put(&path, &json!({"name": "new", "type": "singlepageapp"}), 201)
        .json();
    let mut expected = before;
    expected["name"] = json!("new");
    assert_eq!(after, expected);
    assert_eq!(server.call("DELETE", &path, "").status, 204);
    assert_eq!(server.call("GET", &path, "").status, 404);
    assert_eq!(server.call("DELETE", &path, "").status, 404);
    assert_eq!(
        server.call("GET", "/applications/not-an-id", "").status,
        404
    );
}

#[test]
fn application_limits_hold() {
    let server = Server::start(Seed::Empty);
    server.post("/applications", &json!({"name": "ä".repeat(51)}), 400);
    server.post("/applications", &json!({"name": ""}), 400);
    server.post("/applications", &json!({}), 400);
    server.post(
        "/applications",
        &json!({"name": "x", "type": "daemon"}),
        400,
    );
    for _ in 0..200 {
        register(&server, &json!({"name": "ä".repeat(50)}));
    }
    server.post("/applications", &json!({"name": "one too many"}), 400);
}

#[test]
fn scopes_are_checked_and_those_that_go_leave_the_roles() {
    let server = Server::start(Seed::Empty);
    let application = id(&register(&server, &json!({"name": "web"})));
    let scopes = format!("/applications/{application}/scopes");
    assert_eq!(server.get(&scopes), json!({"scopes": []}));
    for scope in ["appid_x", "openid", "Upper", "", &"a".repeat(50)] {
        server.put(&scopes, &json!({"scopes": [scope]}), 400);
    }
    let many: Vec<String> = (0..51).map(|n| format!("s{n}")).collect();
    server.put(&scopes, &json!({"scopes": many}), 400);
    server.put(&scopes, &json!({"scopes": many[..50]}), 200);
    server.put(&scopes, &json!({"scopes": ["b", "a", "c"]}), 200);
    let role =
        json!({"name": "r", "access": [{"application_id": application, "scopes": ["a", "b"]}]});
    let role = id(&server.post("/roles", &role, 201).json());
    server.put(&scopes, &json!({"scopes": ["c", "b"]}), 200);
    assert_eq!(server.get(&scopes), json!({"scopes": ["c", "b"]}));
    assert_eq!(
        server.get(&format!("/roles/{role}"))["access"][0]["scopes"],
        json!(["b"])
    );
}

#[test]
fn role_refers_to_known_applications_and_scopes_and_is_unique_by_name() {
    let server = Server::start(Seed::Empty);
    let application = id(&register(&server, &json!({"name": "web"})));
    server.put(
        &format!("/applications/{application}/scopes"),
        &json!({"scopes": ["a"]}),
        200,
    );
    let access = |application: &str, scope: &str| json!([{"application_id": application, "scopes": [scope]}]);
    let body = json!({"name": "r", "description": "d", "access": access(&application, "a")});
    let role = server.post("/roles", &body, 201).json();
    let mut shown = body;
    shown["id"] = role["id"].clone();
    assert_eq!(role, shown);
    assert_eq!(server.get("/roles"), json!({"roles": [role]}));
    server.post("/roles", &json!({"name": "r", "access": []}), 409);
    server.post("/roles", &json!({"name": "s"}), 400);
    server.post(
        "/roles",
        &json!({"name": "s", "access": access(&application, "b")}),
        400,
    );
    server.post(
        "/roles",
        &json!({"name": "s", "access": access(TENANT, "a")}),
        400,
    );
    let other = server
        .post("/roles", &json!({"name": "s", "access": []}), 201)
        .json();
    let path = format!("/roles/{}", id(&other));
    server.put(&path, &json!({"name": "r", "access": []}), 409);
    let renamed = server
        .put(&path, &json!({"name": "t", "access": []}), 200)
        .json();
    assert_eq!(
        renamed,
        json!({"id": other["id"], "name": "t", "access": []})
    );
    assert_eq!(
        server.call("GET", &format!("/roles/{TENANT}"), "").status,
        404
    );
}

#[test]
fn fifty_first_role_is_refused() {
    let server = Server::start(Seed::Empty);
    for n in 0..50 {
        server.post(
            "/roles",
            &json!({"name": format!("r{n}"), "access": []}),
            201,
        );
    }
    server.post("/roles", &json!({"name": "r50", "access": []}), 400);
}

#[test]
fn application_roles_are_written_by_id_and_shown_with_names() {
    let server = Server::start(Seed::Empty);
    let path = format!(
        "/applications/{}/roles",
        id(&register(&server, &json!({"name": "web"})))
    );
    let one = server
        .post("/roles", &json!({"name": "one", "access": []}), 201)
        .json();
    let two = server
        .post("/roles", &json!({"name": "two", "access": []}), 201)
        .json();
    assert_eq!(server.get(&path), json!({"roles": []}));
    let answer = server
        .put(
            &path,
            &json!({"roles": {"ids": [two["id"], one["id"]]}}),
            200,
        )
        .json();
    assert_eq!(
        answer,
        json!({"roles": [{"id": two["id"], "name": "two"}, {"id": one["id"], "name": "one"}]})
    );
    assert_eq!(server.get(&path), answer);
    server.put(&path, &json!({"roles": [one["id"]]}), 400);
    server.put(&path, &json!({"roles": {"ids": [TENANT]}}), 400);
    assert_eq!(server.get(&path), answer);
    assert_eq!(
        server
            .call("DELETE", &format!("/roles/{}", id(&two)), "")
            .status,
        202
    );
    assert_eq!(
        server.get(&path),
        json!({"roles": [{"id": one["id"], "name": "one"}]})
    );
    server.put(&path, &json!({"roles": {}}), 200);
    assert_eq!(server.get(&path), json!({"roles": []}));
}

#[test]
fn deleted_application_leaves_every_role() {
    let server = Server::start(Seed::Everything);
    let list = server.get("/applications");
    let gone = list["applications"][4]["clientId"].clone();
    let holders = |server: &Server| {
        let roles = server.get("/roles");
        let roles = roles["roles"].as_array().unwrap().clone();
        let has = |role: &&Value| {
            role["access"]
                .as_array()
                .unwrap()
                .iter()
                .any(|grant| grant["application_id"] == gone)
        };
        roles.iter().filter(has).count()
    };
    assert_eq!(holders(&server), 2);
    assert_eq!(
        server
            .call(
                "DELETE",
                &format!("/applications/{}", gone.as_str().unwrap()),
                ""
            )
            .status,
        204
    );
    assert_eq!(holders(&server), 0);
    assert_eq!(server.get("/roles")["roles"].as_array().unwrap().len(), 6);
}
