//! Profiles: search, attributes, roles, export and import.

use lifeboat_emulator::Seed;
use serde_json::{Value, json};

use crate::wire::{OTHER, Server, TENANT};

fn sub(server: &Server, index: usize) -> String {
    let users = server.get("/users?dataScope=full&count=100");
    users["users"][index]["id"].as_str().unwrap().to_owned()
}

#[test]
fn search_lists_directory_users_with_the_pair_of_ids() {
    let server = Server::start(Seed::Small);
    let directory = server.get("/cloud_directory/Users");
    let users = server.get("/users?dataScope=full");
    assert_eq!(users["totalResults"], 6);
    assert_eq!(users["requestOptions"], json!({}));
    for n in 0..5 {
        let id = &directory["Resources"][n]["id"];
        let user = &users["users"][n];
        assert_eq!(
            user["identities"],
            json!([{"provider": "cloud_directory", "id": id}])
        );
        assert_ne!(&user["id"], id);
        let info = server.get(&format!(
            "/cloud_directory/{}/userinfo",
            id.as_str().unwrap()
        ));
        assert_eq!(info["sub"], user["id"]);
        assert_eq!(info["attributes"], user["attributes"]);
        assert_eq!(info["email"], user["email"]);
        assert_eq!(
            info["identities"][0]["idpUserInfo"]["idpType"],
            "cloud_directory"
        );
    }
}

#[test]
fn search_is_paged_and_filtered() {
    let server = Server::start(Seed::Small);
    let page = server.get("/users?startIndex=4&count=5");
    assert_eq!(page["totalResults"], 6);
    assert_eq!(page["itemsPerPage"], 2);
    assert_eq!(page["requestOptions"], json!({"startIndex": 4, "count": 5}));
    assert_eq!(
        page["users"][1],
        json!({"id": sub(&server, 5), "idp": "google", "email": "gil@example.org"})
    );
    let found = server.get("/users?email=ada%40example.org");
    assert_eq!(
        found["users"],
        json!([{"id": sub(&server, 0), "idp": "cloud_directory", "email": "ada@example.org"}])
    );
    let found = server.get("/users?dataScope=full&id=105000000000000000001");
    assert_eq!(found["users"][0]["name"], "Gil Example");
    assert_eq!(server.get("/users?email=nobody")["totalResults"], 0);
    assert_eq!(server.call("GET", "/users?dataScope=all", "").status, 400);
    assert_eq!(server.call("GET", "/users?count=x", "").status, 400);
}

#[test]
fn attributes_are_replaced_as_a_whole_and_must_be_top_level() {
    let server = Server::start(Seed::Small);
    let path = format!("/users/{}/profile", sub(&server, 0));
    assert_eq!(server.get(&path)["attributes"], json!({"tier": "gold"}));
    let answer = server
        .put(&path, &json!({"attributes": {"nested": {"ok": true}}}), 200)
        .json();
    assert_eq!(answer["attributes"], json!({"nested": {"ok": true}}));
    assert_eq!(server.get(&path), answer);
    let error = server
        .put(&path, &json!({"profile": {"attributes": {}}}), 400)
        .json();
    assert_eq!(
        error,
        json!({"errorCode": "INVALID_REQUEST", "message": "data should have required property 'attributes'"})
    );
    assert_eq!(
        server
            .call("GET", &format!("/users/{TENANT}/profile"), "")
            .status,
        404
    );
}

#[test]
fn roles_of_a_user_are_written_by_id_and_go_with_the_role() {
    let server = Server::start(Seed::Small);
    let path = format!("/users/{}/roles", sub(&server, 0));
    let clerk = server.get("/roles")["roles"][0]["id"].clone();
    assert_eq!(
        server.get(&path),
        json!({"roles": [{"id": clerk, "name": "clerk"}]})
    );
    server.put(&path, &json!({"roles": {"ids": []}}), 200);
    assert_eq!(server.get(&path), json!({"roles": []}));
    server.put(&path, &json!({"roles": {"ids": [TENANT]}}), 400);
    server.put(&path, &json!({"roles": {"ids": [clerk]}}), 200);
    assert_eq!(
        server
            .call("DELETE", &format!("/roles/{}", clerk.as_str().unwrap()), "")
            .status,
        202
    );
    assert_eq!(server.get(&path), json!({"roles": []}));
}

#[test]
fn announced_user_is_listed_with_attributes_and_without_identity() {
    let server = Server::start(Seed::Empty);
    let body = json!({"idp": "saml", "idp-identity": "zoe@example.org", "profile": {"attributes": {"tier": "silver"}}});
    let id = server.post("/users", &body, 201).json()["id"].clone();
    let profile = server.get(&format!("/users/{}/profile", id.as_str().unwrap()));
    assert_eq!(
        profile,
        json!({"id": id, "idp": "saml", "identities": [], "attributes": {"tier": "silver"}})
    );
    server.post("/users", &json!({"idp": "telex", "idp-identity": "1"}), 400);
    assert_eq!(
        server
            .call("DELETE", &format!("/users/{}", id.as_str().unwrap()), "")
            .status,
        204
    );
    assert_eq!(server.get("/users")["totalResults"], 0);
}

/// Takes away what an import changes.
fn comparable(export: &Value) -> Vec<Value> {
    let mut users = export["users"].as_array().unwrap().clone();
    for user in &mut users {
        user.as_object_mut().unwrap().remove("id");
    }
    users
}

#[test]
fn profiles_of_other_providers_travel_with_attributes_and_roles() {
    let server = Server::start(Seed::Everything);
    for role in server.get("/roles")["roles"].as_array().unwrap() {
        let body = json!({"name": role["name"], "access": []}).to_string();
        assert_eq!(server.call_to(OTHER, "POST", "/roles", &body).status, 201);
    }
    let export = server.get("/users/export?startIndex=0&count=100");
    assert_eq!(export["itemsPerPage"], 6);
    assert_eq!(
        export["requestOptions"],
        json!({"startIndex": 0, "count": 100})
    );
    let page = server.get("/users/export?startIndex=5&count=2");
    assert_eq!(page["users"], json!([export["users"][5]]));
    let body = export.to_string();
    let answer = server.call_to(OTHER, "POST", "/users/import", &body).json();
    assert_eq!(answer, json!({"added": 6, "failed": 0, "failReasons": []}));
    let copy = server
        .call_to(OTHER, "GET", "/users/export?count=100", "")
        .json();
    assert_eq!(comparable(&copy), comparable(&export));
    assert_ne!(copy["users"][0]["id"], export["users"][0]["id"]);
    let again = server.call_to(OTHER, "POST", "/users/import", &body).json();
    assert_eq!((&again["added"], &again["failed"]), (&json!(0), &json!(6)));
    let reason = &again["failReasons"][0];
    assert_eq!(reason["originalId"], export["users"][0]["id"]);
    assert_eq!(reason["idp"], "google");
    assert_eq!(reason["error"]["code"], "DUPLICATE");
}

#[test]
fn profile_import_reports_broken_users_and_drops_unknown_roles() {
    let server = Server::start(Seed::Empty);
    let good = json!({"id": "x", "identities": [{"provider": "google", "id": "1"}], "attributes": {}, "roles": ["nowhere"]});
    let bad = json!({"id": "y", "identities": []});
    let answer = server
        .post("/users/import", &json!({"users": [good, bad]}), 200)
        .json();
    assert_eq!(
        (&answer["added"], &answer["failed"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(
        answer["failReasons"][0]["error"]["message"],
        "data should have required property 'attributes'"
    );
    assert_eq!(server.get("/users/export")["users"][0]["roles"], json!([]));
    server.post("/users/import", &json!({}), 400);
}
