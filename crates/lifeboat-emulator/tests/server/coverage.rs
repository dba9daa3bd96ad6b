//! Every operation that a backup or a restore may need is served.

use lifeboat_catalogue::{Method, TABLE};
use lifeboat_emulator::Seed;

use crate::wire::{Server, TENANT};

/// The operations that the emulator serves, transcribed from the vendor's documents and not from the catalogue.
const SERVED: &str = "
GET /applications
POST /applications
GET /applications/{clientId}
PUT /applications/{clientId}
DELETE /applications/{clientId}
GET /applications/{clientId}/scopes
PUT /applications/{clientId}/scopes
GET /applications/{clientId}/roles
PUT /applications/{clientId}/roles
GET /cloud_directory/Users
POST /cloud_directory/Users
GET /cloud_directory/Users/{userId}
PUT /cloud_directory/Users/{userId}
DELETE /cloud_directory/Users/{userId}
GET /cloud_directory/export
POST /cloud_directory/import
GET /cloud_directory/{userId}/userinfo
POST /cloud_directory/sign_up
DELETE /cloud_directory/remove/{userId}
POST /cloud_directory/bulk_remove
POST /cloud_directory/export/all
GET /cloud_directory/export/status
GET /cloud_directory/export/download
DELETE /cloud_directory/export/download
POST /cloud_directory/import/all
GET /cloud_directory/import/status
GET /config/tokens
PUT /config/tokens
GET /config/redirect_uris
PUT /config/redirect_uris
GET /config/users_profile
PUT /config/users_profile
GET /config/ui/theme_text
PUT /config/ui/theme_text
GET /config/ui/theme_color
PUT /config/ui/theme_color
GET /config/ui/media
POST /config/ui/media
GET /config/ui/languages
PUT /config/ui/languages
GET /config/saml_metadata
GET /config/cloud_directory/templates/{templateName}/{language}
PUT /config/cloud_directory/templates/{templateName}/{language}
DELETE /config/cloud_directory/templates/{templateName}/{language}
GET /config/cloud_directory/sender_details
PUT /config/cloud_directory/sender_details
GET /config/cloud_directory/action_url/{action}
PUT /config/cloud_directory/action_url/{action}
DELETE /config/cloud_directory/action_url/{action}
GET /config/cloud_directory/password_regex
PUT /config/cloud_directory/password_regex
GET /config/cloud_directory/email_dispatcher
PUT /config/cloud_directory/email_dispatcher
GET /config/cloud_directory/advanced_password_management
PUT /config/cloud_directory/advanced_password_management
GET /config/capture_runtime_activity
PUT /config/capture_runtime_activity
GET /config/cloud_directory/mfa/channels
GET /config/cloud_directory/mfa/channels/{channel}
PUT /config/cloud_directory/mfa/channels/{channel}
GET /config/cloud_directory/mfa/extensions/{name}
PUT /config/cloud_directory/mfa/extensions/{name}
PUT /config/cloud_directory/mfa/extensions/{name}/active
GET /config/cloud_directory/mfa
PUT /config/cloud_directory/mfa
GET /config/cloud_directory/sso
PUT /config/cloud_directory/sso
GET /config/cloud_directory/rate_limit
PUT /config/cloud_directory/rate_limit
GET /config/idps
GET /config/idps/facebook
PUT /config/idps/facebook
GET /config/idps/google
PUT /config/idps/google
GET /config/idps/custom
PUT /config/idps/custom
GET /config/idps/cloud_directory
PUT /config/idps/cloud_directory
GET /config/idps/saml
PUT /config/idps/saml
GET /roles
POST /roles
GET /roles/{roleId}
PUT /roles/{roleId}
DELETE /roles/{roleId}
GET /users
POST /users
GET /users/export
POST /users/import
DELETE /users/{id}
GET /users/{id}/profile
PUT /users/{id}/profile
GET /users/{id}/roles
PUT /users/{id}/roles
";

/// Sends an operation without anything it needs, and says whether the router knows it:
/// every operation counts, even one that is refused.
fn is_served(server: &Server, method: &str, path: &str) -> bool {
    let before = server.requests().total;
    let path = path.replace(['{', '}'], "");
    server.call_to(TENANT, method, &path, "");
    server.requests().total > before
}

#[test]
fn every_listed_operation_is_served() {
    let server = Server::start(Seed::Small);
    let mut count = 0;
    for line in SERVED.lines().filter(|line| !line.is_empty()) {
        let (method, path) = line.split_once(' ').unwrap();
        assert!(is_served(&server, method, path), "{line}");
        count += 1;
    }
    assert_eq!(count, 94);
    assert_eq!(server.requests().by_operation.len(), count);
    assert!(!is_served(&server, "GET", "/config/ui"));
}

#[test]
fn every_operation_of_the_catalogue_is_served() {
    let server = Server::start(Seed::Small);
    for resource in TABLE {
        for operation in resource.operations() {
            let method = match operation.method {
                Method::Delete => "DELETE",
                Method::Get => "GET",
                Method::Post => "POST",
                Method::Put => "PUT",
            };
            assert!(
                is_served(&server, method, operation.path),
                "{method} {}",
                operation.path
            );
        }
    }
}
