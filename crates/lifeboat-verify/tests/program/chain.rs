//! Several bundles of one stream.

use lifeboat_seal::Chain;
use serde_json::json;

use crate::shelf::{NOW, Shelf};

#[test]
fn whole_chain_says_nothing() {
    let shelf = Shelf::new();
    let first = Chain::first(shelf.stream);
    let second = first.next(shelf.put_bundle("a", first.clone(), NOW));
    shelf.put_bundle("b", second, NOW + 60);
    let ended = shelf.run(&["b", "a", "a", "--json"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    assert_eq!(ended.json()["chain"], json!([]));
}

#[test]
fn gaps_forks_and_rollbacks_are_loud_and_no_failure() {
    let shelf = Shelf::new();
    let stream = shelf.stream.to_string();
    let first = Chain::first(shelf.stream);
    let second = first.next(shelf.put_bundle("a", first.clone(), NOW));
    let third = second.next(shelf.put_bundle("b", second.clone(), NOW + 60));
    shelf.put_bundle("b2", second, NOW + 60);
    shelf.put_bundle("c", third, NOW - 60);
    let gap = shelf.run(&["a", "c", "--json"]);
    assert_eq!(gap.code, 0);
    assert!(gap.stderr.contains("has a gap between bundles 0 and 2"));
    assert_eq!(
        gap.json()["chain"][0],
        json!({"finding": "gap", "stream": stream, "after": 0, "before": 2})
    );
    let fork = shelf.run(&["a", "b", "b2", "--json"]);
    assert_eq!(fork.code, 0);
    assert!(fork.stderr.starts_with("warning: stream "));
    let finding = json!({"finding": "fork", "stream": stream, "seq": 1});
    assert_eq!(fork.json()["chain"], json!([finding]));
    let rollback = shelf.run(&["a", "b", "c", "--json"]);
    assert_eq!(rollback.code, 0);
    let finding = &rollback.json()["chain"][0];
    assert_eq!(finding["finding"], "rollback");
    assert_eq!(finding["created"], "2026-11-23T10:02:00Z");
    assert_eq!(finding["latest"], "2026-11-23T10:04:00Z");
}

#[test]
fn age_of_the_newest_good_bundle_is_compared_with_its_limit() {
    let shelf = Shelf::new();
    let bytes = shelf.put_first("a");
    shelf.put("cut", &bytes[..5_000]);
    let at = |time: &str, age: &str, bundle: &str| {
        shelf.run(&[bundle, "--as-of", time, "--max-age", age, "--json"])
    };
    let young = at("2026-11-24T10:03:00Z", "1d", "a");
    assert_eq!(young.code, 0);
    assert_eq!(young.json()["newest"]["stale"], false);
    let old = at("2026-11-24T10:03:01Z", "24h", "a");
    assert_eq!(old.code, 24);
    assert!(old.stderr.contains("the newest good bundle is too old"));
    let newest = &old.json()["newest"];
    assert_eq!(newest["age_seconds"], 86_401);
    assert_eq!(newest["max_age_seconds"], 86_400);
    assert_eq!(newest["stale"], true);
    // Damage weighs more than age, and a damaged bundle is not a good one.
    let none = at("2026-11-23T10:03:00Z", "1d", "cut");
    assert_eq!(none.code, 13);
    assert!(none.stderr.contains("there is no good bundle"));
    let future = at("2026-11-22", "1s", "a");
    assert_eq!(future.code, 0);
    assert!(future.stderr.contains("made in the future"));
}
