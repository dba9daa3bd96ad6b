//! The law of the project: seed, change, back up, restore elsewhere, back up again, and nothing differs.

use lifeboat_emulator::Seed;
use serde_json::{Value, json};

use crate::journey::Journey;
use crate::server::{SOURCE, Server, TARGET};
use crate::twin::{assert_same, portrait, text};

#[test]
fn a_tenant_with_every_field_set_comes_back_as_it_was() {
    Law {
        seed: Seed::Everything,
        fixture: include_str!("../../fixtures/tenants/everything.json"),
        users: 60,
        notify: &[],
    }
    .holds();
}

#[test]
fn a_small_tenant_comes_back_as_it_was() {
    Law {
        seed: Seed::Small,
        fixture: include_str!("../../fixtures/tenants/small.json"),
        users: 0,
        notify: &[],
    }
    .holds();
}

#[test]
fn a_fresh_instance_comes_back_as_it_was() {
    Law {
        seed: Seed::Empty,
        fixture: include_str!("../../fixtures/tenants/empty.json"),
        users: 0,
        notify: &[],
    }
    .holds();
}

#[test]
fn a_tenant_comes_back_by_jobs_as_it_was() {
    let journey = Law {
        seed: Seed::Small,
        fixture: include_str!("../../fixtures/tenants/small.json"),
        users: 120,
        notify: &["--notify-email", "ops@example.org"],
    }
    .holds();
    let counts = journey.server.requests().by_operation;
    let n = |operation: &str| counts.get(operation).copied().unwrap_or(0);
    // Two backups, each with one export; every export is removed from the service.
    assert_eq!(n("cloudDirectoryExportAll"), 2);
    assert_eq!(n("cloudDirectoryDownloadExport"), 2);
    assert_eq!(n("cloudDirectoryDownloadExportDelete"), 2);
    assert_eq!(n("cloudDirectoryImportAll"), 1);
    assert_eq!(n("cloudDirectoryImport"), 0);
}

/// A case of the law.
struct Law {
    seed: Seed,
    /// The seed's file, which tells the passwords.
    fixture: &'static str,
    users: u32,
    /// The flags that ask for jobs instead of pages and batches.
    notify: &'static [&'static str],
}

impl Law {
    fn holds(&self) -> Journey {
        let journey = Journey::start(self.seed, self.users);
        let sign_ins = self.sign_ins(&journey.server);
        change(&journey.server);

        journey
            .backup(SOURCE, "first.lifeboat", &self.job("--export"))
            .succeeds();
        let import = [&self.job("--import")[..], &["--confirm", TARGET]].concat();
        let ended = journey.restore("first.lifeboat", TARGET, &import);
        let stdout = ended.succeeds().stdout;
        assert!(
            stdout.ends_with("restored: the target reads as the bundle says\n"),
            "{stdout}"
        );
        journey
            .backup(TARGET, "second.lifeboat", &self.job("--export"))
            .succeeds();

        let live = format!("live:{TARGET}");
        for other in ["second.lifeboat", &live] {
            let ended = journey.diff("first.lifeboat", other, &["--exit-code"]);
            assert_eq!(ended.succeeds().stdout, "no differences\n", "{other}");
        }
        let server = &journey.server;
        assert_same(&portrait(server, SOURCE), &portrait(server, TARGET));
        sign_ins.hold(server);
        journey
    }

    fn job(&self, flag: &'static str) -> Vec<&'static str> {
        match self.notify {
            [] => Vec::new(),
            notify => [&[flag, "all"], notify].concat(),
        }
    }

    /// Collects who signs in, and adds somebody where the seed has nobody.
    fn sign_ins(&self, server: &Server) -> SignIns {
        let fixture: Value = serde_json::from_str(self.fixture).unwrap();
        let field =
            text(&server.get(SOURCE, "/config/idps/cloud_directory")["config"]["identityField"]);
        let seeded = fixture["directory"].as_array().into_iter().flatten();
        let mut people: Vec<(String, String)> = seeded
            .map(|user| {
                let record = &user["record"];
                let name = match field.as_str() {
                    "userName" => &record["userName"],
                    _ => &record["emails"][0]["value"],
                };
                (text(name), text(&user["password"]))
            })
            .collect();
        people.extend((0..self.users).map(|number| {
            let name = format!("user{number}@example.com");
            (name, format!("Passw0rd!{number}"))
        }));
        if people.is_empty() {
            add_person(server, "nina@example.org", "Nina-Pass-1");
            people.push(("nina@example.org".to_owned(), "Nina-Pass-1".to_owned()));
        }
        let n_regular = match self.seed {
            Seed::Empty => 1,
            // The fifth is not active.
            Seed::Small => 4,
            // Five are confirmed, active and unexpired, and so is one whose password never expires.
            Seed::Everything => 6,
        };
        SignIns {
            n_admitted: n_regular + usize::try_from(self.users.min(100)).unwrap(),
            people,
        }
    }
}

/// Who signs in.
struct SignIns {
    people: Vec<(String, String)>,
    /// How many of them are let in at least: those who are confirmed, active and unexpired.
    n_admitted: usize,
}

impl SignIns {
    /// Signs everybody in at both tenants, with the right password and with a wrong one.
    fn hold(&self, server: &Server) {
        let mut n_admitted = 0;
        for (name, password) in &self.people {
            let at = |tenant: &str, password: &str| server.sign_in(tenant, name, password);
            let (before, after) = (at(SOURCE, password), at(TARGET, password));
            assert_eq!(before.status, after.status, "{name}: {}", after.text());
            n_admitted += usize::from(after.status == 200);
            let wrong = at(TARGET, &format!("{password}x"));
            assert_eq!(wrong.status, 400, "{name}");
            assert_eq!(wrong.json()["error"], "invalid_grant", "{name}");
        }
        assert!(n_admitted >= self.n_admitted, "{n_admitted}");
    }
}

/// Changes something of each kind by the API itself, as an administrator would.
fn change(server: &Server) {
    let mut tokens = server.get(SOURCE, "/config/tokens");
    tokens["access"]["expires_in"] = json!(3_333);
    server.write(SOURCE, "PUT /config/tokens", &tokens);

    let mut uris = server.get(SOURCE, "/config/redirect_uris");
    let list = uris["redirectUris"].as_array_mut().unwrap();
    list.push(json!("https://späte.example.org/änderung?x=1"));
    server.write(SOURCE, "PUT /config/redirect_uris", &uris);

    let template = json!({
        "subject": "Später geändert ✏️",
        "base64_encoded_html_body": "PHA+bGF0ZXI8L3A+",
        "plain_text_body": "later\n",
    });
    server.write(
        SOURCE,
        "PUT /config/cloud_directory/templates/WELCOME/en",
        &template,
    );

    // Its name is taken already, so names alone do not tell which one has the role.
    let name = match &server.get(SOURCE, "/applications")["applications"][0] {
        Value::Null => {
            add_application(server, "the first of two");
            "the first of two".to_owned()
        }
        first => text(&first["name"]),
    };
    let id = add_application(server, &name);
    let scopes = json!({ "scopes": ["late.read", "late.write"] });
    server.write(SOURCE, &format!("PUT /applications/{id}/scopes"), &scopes);
    let role = json!({
        "name": "latecomer",
        "description": "Came after the seed",
        "access": [{ "application_id": id, "scopes": ["late.read"] }],
    });
    let role = text(&server.write(SOURCE, "POST /roles", &role)["id"]);
    let roles = json!({ "roles": { "ids": [role] } });
    server.write(SOURCE, &format!("PUT /applications/{id}/roles"), &roles);
    give_role_to_first_person(server, &role);
}

fn add_application(server: &Server, name: &str) -> String {
    let body = json!({ "name": name, "type": "regularwebapp" });
    text(&server.write(SOURCE, "POST /applications", &body)["clientId"])
}

fn add_person(server: &Server, email: &str, password: &str) {
    let body = json!({ "emails": [{ "value": email, "primary": true }], "password": password });
    let path = "POST /cloud_directory/sign_up?shouldCreateProfile=true";
    server.write(SOURCE, path, &body);
}

/// Gives a role and an attribute to the first directory user.
fn give_role_to_first_person(server: &Server, role: &str) {
    let users = server.get(SOURCE, "/cloud_directory/Users?startIndex=0&count=1");
    let id = text(&users["Resources"][0]["id"]);
    let subject = text(&server.get(SOURCE, &format!("/cloud_directory/{id}/userinfo"))["sub"]);
    let roles = json!({ "roles": { "ids": [role] } });
    server.write(SOURCE, &format!("PUT /users/{subject}/roles"), &roles);
    let attributes = json!({ "attributes": { "späte": ["änderung", 1.5, null] } });
    server.write(
        SOURCE,
        &format!("PUT /users/{subject}/profile"),
        &attributes,
    );
}

#[test]
fn a_restored_person_has_the_attributes_and_roles_of_old() {
    let journey = Journey::backed_up(Seed::Small, 0);
    journey
        .restore("it.lifeboat", TARGET, &["--confirm", TARGET])
        .succeeds();
    let server = &journey.server;
    for (query, email) in [
        ("dataScope=full", "gil@example.org"),
        ("dataScope=full", "ada@example.org"),
    ] {
        let list = server.get(TARGET, &format!("/users?{query}&count=100"));
        let mut users = list["users"].as_array().unwrap().iter();
        let user = users.find(|it| it.to_string().contains(email)).unwrap();
        let id = text(&user["id"]);
        let profile = server.get(TARGET, &format!("/users/{id}/profile"));
        assert_eq!(profile["attributes"], json!({ "tier": "gold" }), "{email}");
        let roles = server.get(TARGET, &format!("/users/{id}/roles"));
        assert_eq!(roles["roles"][0]["name"], "clerk", "{email}");
    }
}
