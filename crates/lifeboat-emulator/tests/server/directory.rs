//! Directory users one by one and page by page.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lifeboat_emulator::{Options, Seed};
use serde_json::{Value, json};

use crate::wire::{OTHER, Server, TENANT, options};

fn user_path(user: &Value) -> String {
    format!("/cloud_directory/Users/{}", user["id"].as_str().unwrap())
}

#[test]
fn user_gets_id_times_and_defaults_from_the_server_and_no_profile() {
    let server = Server::start(Seed::Empty);
    let body = json!({"emails": [{"value": "a@example.org", "primary": true}], "password": "x", "id": "mine", "nickName": "A"});
    let user = server.post("/cloud_directory/Users", &body, 201).json();
    assert_ne!(user["id"], "mine");
    assert_eq!(user["status"], "PENDING");
    assert_eq!(user["active"], true);
    assert_eq!(user["displayName"], "a@example.org");
    assert_eq!(user["nickName"], "A");
    assert_eq!(user["mfaContext"], json!({}));
    assert_eq!(
        user["schemas"],
        json!(["urn:ietf:params:scim:schemas:core:2.0:User"])
    );
    assert!(user["meta"]["created"].as_str().unwrap().ends_with('Z'));
    for hidden in ["password", "passwordHash", "passwordExpirationTimestamp"] {
        assert!(user.get(hidden).is_none());
    }
    assert_eq!(server.get(&user_path(&user)), user);
    assert_eq!(server.get("/users")["totalResults"], 0);
}

#[test]
fn broken_and_double_users_are_refused_in_the_words_of_scim() {
    let server = Server::start(Seed::Small);
    let post = |body: Value, status| server.post("/cloud_directory/Users", &body, status).json();
    post(json!({"emails": [{"value": "x@y"}]}), 400);
    post(json!({"password": "x"}), 400);
    let none = post(json!({"emails": [], "password": "x"}), 400);
    assert_eq!(none["scimType"], "invalidValue");
    let double = post(
        json!({"emails": [{"value": "ADA@example.org"}], "password": "x"}),
        409,
    );
    assert_eq!(
        double,
        json!({"detail": "a user with the same email exists already", "scimType": "uniqueness", "status": "409"})
    );
    post(
        json!({"emails": [{"value": "x@y"}], "userName": "u", "password": "x"}),
        201,
    );
    let double = post(
        json!({"emails": [{"value": "z@y"}], "userName": "U", "password": "x"}),
        409,
    );
    assert_eq!(
        double["detail"],
        "a user with the same userName exists already"
    );
    let server = Server::start(Seed::Everything);
    server.post(
        "/cloud_directory/Users",
        &json!({"emails": [{"value": "x@y"}], "password": "x"}),
        400,
    );
}

#[test]
fn update_replaces_the_record_and_leaves_password_status_and_switch() {
    let server = Server::start(Seed::Small);
    let user = server.get("/cloud_directory/Users?query=ada%40example.org")["Resources"][0].clone();
    let body = json!({"emails": [{"value": "ada2@example.org"}], "displayName": "Ada II", "password": "other"});
    let changed = server.put(&user_path(&user), &body, 200).json();
    assert_eq!(changed["id"], user["id"]);
    assert_eq!(changed["status"], "CONFIRMED");
    assert_eq!(changed["active"], true);
    assert_eq!(changed["displayName"], "Ada II");
    assert!(changed.get("name").is_none());
    assert_eq!(server.get(&user_path(&user)), changed);
    assert_eq!(
        server
            .sign_in(TENANT, "ada2@example.org", "Ada-1815-example")
            .status,
        200
    );
    assert_eq!(
        server
            .sign_in(TENANT, "ada@example.org", "Ada-1815-example")
            .status,
        400
    );
    server.put(
        &user_path(&user),
        &json!({"emails": [{"value": "bob@example.org"}]}),
        409,
    );
    server.put(&user_path(&user), &json!({"displayName": "x"}), 400);
    assert_eq!(
        server
            .call("PUT", &format!("/cloud_directory/Users/{TENANT}"), "{}")
            .status,
        404
    );
}

#[test]
fn users_are_listed_in_order_of_creation_page_by_page() {
    let server = Server::with(Options {
        users: 300,
        ..options(Seed::Small)
    });
    let list = |query: &str| server.get(&format!("/cloud_directory/Users?{query}"));
    assert_eq!(list("")["itemsPerPage"], 20);
    let page = list("count=1000");
    assert_eq!(page["itemsPerPage"], 100);
    assert_eq!(page["totalResults"], 305);
    let mut names = Vec::new();
    while names.len() < 305 {
        let page = list(&format!("startIndex={}&count=70", names.len()));
        names.extend(
            page["Resources"]
                .as_array()
                .unwrap()
                .iter()
                .map(|user| user["emails"][0]["value"].clone()),
        );
    }
    assert_eq!(names[0], "ada@example.org");
    assert_eq!(names[304], "user299@example.com");
    let after = list("startIndex=305");
    assert_eq!(
        (&after["itemsPerPage"], &after["totalResults"]),
        (&json!(0), &json!(305))
    );
    assert_eq!(list("query=user7%40example.com")["totalResults"], 1);
    assert_eq!(list("query=user7")["totalResults"], 0);
}

#[test]
fn deleting_a_record_keeps_the_profile_and_removing_does_not() {
    let server = Server::start(Seed::Small);
    let users = server.get("/cloud_directory/Users");
    let id = |n: usize| users["Resources"][n]["id"].as_str().unwrap().to_owned();
    assert_eq!(
        server
            .call("DELETE", &format!("/cloud_directory/Users/{}", id(0)), "")
            .status,
        204
    );
    assert_eq!(server.get("/users")["totalResults"], 6);
    assert_eq!(
        server
            .call("DELETE", &format!("/cloud_directory/remove/{}", id(1)), "")
            .status,
        204
    );
    assert_eq!(server.get("/users")["totalResults"], 5);
    let error = server.call("GET", &format!("/cloud_directory/Users/{}", id(1)), "");
    assert_eq!(
        (error.status, error.json()["scimType"].clone()),
        (404, json!("userNotFound"))
    );
    server.post(
        "/cloud_directory/bulk_remove",
        &json!({"ids": [id(2), id(3), TENANT]}),
        200,
    );
    assert_eq!(server.get("/users")["totalResults"], 3);
    assert_eq!(server.get("/cloud_directory/Users")["totalResults"], 1);
    server.post(
        "/cloud_directory/bulk_remove",
        &json!({"ids": vec![TENANT; 101]}),
        400,
    );
}

#[test]
fn sign_up_makes_a_profile_only_when_asked() {
    let server = Server::start(Seed::Empty);
    let body = |n: u8| json!({"emails": [{"value": format!("u{n}@example.org")}], "password": "x"});
    server.post(
        "/cloud_directory/sign_up?shouldCreateProfile=true",
        &body(1),
        201,
    );
    server.post(
        "/cloud_directory/sign_up?shouldCreateProfile=false&language=de",
        &body(2),
        201,
    );
    server.post("/cloud_directory/sign_up", &body(3), 400);
    assert_eq!(server.get("/cloud_directory/Users")["totalResults"], 2);
    assert_eq!(server.get("/users")["totalResults"], 1);
}

#[test]
fn export_has_the_documented_shape_and_sealed_hashes() {
    let server = Server::start(Seed::Everything);
    let export = |secret: &str| {
        server.get(&format!(
            "/cloud_directory/export?encryption_secret={secret}"
        ))
    };
    let page = export("big_secret");
    assert_eq!(
        (&page["itemsPerPage"], &page["totalResults"]),
        (&json!(11), &json!(11))
    );
    for user in page["users"].as_array().unwrap() {
        let hash = user["passwordHash"].as_str().unwrap();
        assert_eq!(STANDARD.decode(hash).unwrap().len(), 128);
        assert_eq!(user["passwordHashAlg"], "PBKDF2WithHmacSHA512");
        let history = user["scimUser"]["passwordHistory"].as_array().unwrap();
        assert_eq!(
            history.last().unwrap(),
            &json!({"passwordHash": hash, "hashAlgorithm": "PBKDF2WithHmacSHA512"})
        );
        assert!(user["scimUser"]["originalId"].is_string());
        for absent in ["id", "meta", "schemas"] {
            assert!(user["scimUser"].get(absent).is_none());
        }
    }
    assert_eq!(page["users"][0]["roles"], json!(["clerk", "editor"]));
    assert_eq!(
        page["users"][0]["scimUser"]["passwordHistory"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    assert_eq!(export("big_secret"), page);
    assert_ne!(
        export("other")["users"][0]["passwordHash"],
        page["users"][0]["passwordHash"]
    );
    assert_eq!(
        server.call("GET", "/cloud_directory/export", "").status,
        400
    );
    assert_eq!(
        server
            .call(
                "GET",
                "/cloud_directory/export?encryption_secret=s&count=51",
                ""
            )
            .status,
        400
    );
    let part =
        server.get("/cloud_directory/export?encryption_secret=big_secret&startIndex=10&count=50");
    assert_eq!(
        (&part["itemsPerPage"], &part["users"][0]),
        (&json!(1), &page["users"][10])
    );
}

/// Makes the roles of the first tenant in the second, and lets user names identify users there.
pub(crate) fn prepare(server: &Server) {
    let directory = server.get("/config/idps/cloud_directory").to_string();
    assert_eq!(
        server
            .call_to(OTHER, "PUT", "/config/idps/cloud_directory", &directory)
            .status,
        200
    );
    for role in server.get("/roles")["roles"].as_array().unwrap() {
        let body = json!({"name": role["name"], "access": []}).to_string();
        assert_eq!(server.call_to(OTHER, "POST", "/roles", &body).status, 201);
    }
    let body = json!({"name": "any"}).to_string();
    assert_eq!(
        server.call_to(OTHER, "POST", "/applications", &body).status,
        200
    );
}

/// Takes away what an import changes.
pub(crate) fn comparable(users: &Value) -> Vec<Value> {
    let mut users = users.as_array().unwrap().clone();
    for user in &mut users {
        let scim_user = user["scimUser"].as_object_mut().unwrap();
        scim_user.remove("originalId");
        scim_user.remove("orignalId");
    }
    users
}

#[test]
fn users_travel_whole_and_sign_in_with_their_passwords() {
    let server = Server::start(Seed::Everything);
    prepare(&server);
    let export = "/cloud_directory/export?encryption_secret=s%26cret";
    let import = "/cloud_directory/import?encryption_secret=s%26cret";
    let page = server.get(export);
    let answer = server
        .call_to(OTHER, "POST", import, &page.to_string())
        .json();
    assert_eq!(answer, json!({"added": 11, "failed": 0, "failReasons": []}));
    let copy = server.call_to(OTHER, "GET", export, "").json();
    assert_eq!(comparable(&copy["users"]), comparable(&page["users"]));
    assert_ne!(
        copy["users"][0]["scimUser"]["originalId"],
        page["users"][0]["scimUser"]["originalId"]
    );
    assert_eq!(
        server.call_to(OTHER, "GET", "/users", "").json()["totalResults"],
        11
    );
    assert_eq!(server.sign_in(OTHER, "astro", "Emoji-👩‍🚀-5").status, 200);
    assert_eq!(server.sign_in(OTHER, "astro", "Emoji-5").status, 400);
    assert_eq!(server.sign_in(OTHER, "ada", "Correct-Horse-0").status, 400);
}

#[test]
fn wrong_secret_yields_users_who_cannot_sign_in() {
    let server = Server::start(Seed::Everything);
    prepare(&server);
    let page = server
        .get("/cloud_directory/export?encryption_secret=right")
        .to_string();
    let answer = server
        .call_to(
            OTHER,
            "POST",
            "/cloud_directory/import?encryption_secret=wrong",
            &page,
        )
        .json();
    assert_eq!(answer["added"], 11);
    assert_eq!(server.sign_in(OTHER, "ada", "Correct-Horse-1").status, 400);
    assert_eq!(server.sign_in(TENANT, "ada", "Correct-Horse-1").status, 200);
}

#[test]
fn import_counts_duplicates_and_broken_users_and_takes_the_rest() {
    let server = Server::start(Seed::Small);
    let user = |n: u8, email: &str| {
        json!({"scimUser": {"originalId": format!("o{n}"), "emails": [{"value": email}], "userName": format!("n{n}")},
            "passwordHash": "AAAA", "profile": {"attributes": {"n": n}}, "roles": ["clerk", "nowhere"]})
    };
    let users = json!({"itemsPerPage": 4, "users": [user(1, "ada@example.org"), user(2, "two@example.org"), user(2, "three@example.org"), {"roles": []}]});
    let answer = server
        .post("/cloud_directory/import?encryption_secret=s", &users, 200)
        .json();
    assert_eq!(
        (&answer["added"], &answer["failed"]),
        (&json!(1), &json!(3))
    );
    let reasons = &answer["failReasons"];
    assert_eq!(
        reasons[0],
        json!({"originalId": "o1", "email": "ada@example.org", "userName": "n1",
        "error": {"code": "DUPLICATE", "message": "a user with the same email exists already"}})
    );
    assert_eq!(
        reasons[1]["error"]["message"],
        "a user with the same userName exists already"
    );
    assert_eq!(reasons[2]["error"]["code"], "INVALID_REQUEST");
    let added = server.get("/cloud_directory/export?encryption_secret=s&startIndex=5");
    assert_eq!(added["users"][0]["roles"], json!(["clerk"]));
    assert_eq!(added["users"][0]["profile"]["attributes"], json!({"n": 2}));
    let many = json!({"users": vec![user(9, "x@y"); 51]});
    server.post("/cloud_directory/import?encryption_secret=s", &many, 400);
    server.post("/cloud_directory/import", &users, 400);
    server.post(
        "/cloud_directory/import?encryption_secret=s",
        &json!([]),
        400,
    );
}
