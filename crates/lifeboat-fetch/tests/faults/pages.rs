//! Paged exports: short pages, wrong totals, users who come and go, and a consumer who does not take.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use lifeboat_catalogue::Kind;
use lifeboat_client::Kind as ErrorKind;
use lifeboat_fetch::{ExportSecret, FetchError, Silent, fetch, records};
use lifeboat_snapshot::LedgerState::{Partial, Read, Unavailable};
use lifeboat_snapshot::{Entry, EntryKind};
use tokio::sync::{Semaphore, mpsc};

use crate::fixture::{Fixture, PAGED};
use crate::server::{Answer, Request};

const EXPORT: &str = "GET /cloud_directory/export";

fn user(n: usize) -> String {
    format!(r#"{{"scimUser":{{"originalId":"u{n}"}}}}"#)
}

fn users(numbers: impl IntoIterator<Item = usize>) -> Vec<String> {
    numbers.into_iter().map(user).collect()
}

fn page(records: &[String], total: Option<usize>) -> Answer {
    let total = total.map_or_else(String::new, |total| format!(r#","totalResults":{total}"#));
    Answer::json(
        200,
        &format!(r#"{{"users":[{}]{total}}}"#, records.join(",")),
    )
}

/// The page of a list that a request asks for, of `most` records at most.
fn cut(all: &[String], request: &Request, most: usize) -> Vec<String> {
    let (start, count) = (request.number("startIndex"), request.number("count"));
    all.iter()
        .skip(start)
        .take(count.min(most))
        .cloned()
        .collect()
}

#[tokio::test]
async fn a_server_with_smaller_pages_than_asked_loses_nothing() {
    for (n, most) in [(95, 20), (50, 50), (51, 50), (1, 1), (230, 7)] {
        let fixture = Fixture::new().await;
        let all = users(0..n);
        let expected = all.clone();
        fixture.server.on(EXPORT, move |request, _| {
            page(&cut(&all, request, most), Some(all.len()))
        });
        let backup = fixture.fetch().await.unwrap();
        assert_eq!(
            backup.records(Kind::DirectoryUser),
            expected,
            "{n} by {most}"
        );
        let total = Some(n as u64);
        assert_eq!(backup.counted(Kind::DirectoryUser), (Read, total, n as u64));
        let requests = fixture.server.of(EXPORT);
        assert_eq!(
            backup.line(Kind::DirectoryUser).called,
            requests.len() as u64
        );
        assert!(
            requests
                .iter()
                .all(|it| it.query["encryption_secret"].len() == 43)
        );
        assert!(backup.ledger.complete, "{:?}", backup.gaps());
        let progress = fixture.observer.progress.lock().unwrap();
        assert!(progress.contains(&(Kind::DirectoryUser, n as u64, total)));
    }
}

#[tokio::test]
async fn a_short_page_in_the_middle_is_asked_for_again_from_where_it_stopped() {
    // The second case tells the total on the first page only.
    for always_told in [true, false] {
        let fixture = Fixture::new().await;
        let all = users(0..170);
        let expected = all.clone();
        fixture.server.on(EXPORT, move |request, _| {
            let start = request.number("startIndex");
            let most = if start == 50 { 10 } else { 50 };
            let total = (always_told || start == 0).then_some(all.len());
            page(&cut(&all, request, most), total)
        });
        let backup = fixture.fetch().await.unwrap();
        assert_eq!(backup.records(Kind::DirectoryUser), expected);
        assert_eq!(backup.counted(Kind::DirectoryUser), (Read, Some(170), 170));
        let asked: BTreeSet<_> = fixture
            .server
            .of(EXPORT)
            .iter()
            .map(|it| (it.number("startIndex"), it.number("count")))
            .collect();
        assert!(asked.contains(&(60, 40)), "{asked:?}");
    }
}

#[tokio::test]
async fn without_a_total_pages_are_read_until_one_is_empty() {
    let fixture = Fixture::new().await;
    let all = users(0..120);
    let expected = all.clone();
    fixture.server.on(EXPORT, move |request, _| {
        page(&cut(&all, request, 50), None)
    });
    let backup = fixture.fetch().await.unwrap();
    assert_eq!(backup.records(Kind::DirectoryUser), expected);
    assert_eq!(backup.counted(Kind::DirectoryUser), (Read, None, 120));
    assert_eq!(fixture.server.of(EXPORT).len(), 4);
}

#[tokio::test]
async fn a_server_that_does_not_page_at_all_is_read_once() {
    let fixture = Fixture::new().await;
    fixture.server.on(EXPORT, |_, _| page(&users(0..70), None));
    let backup = fixture.fetch().await.unwrap();
    assert_eq!(backup.records(Kind::DirectoryUser), users(0..70));
    assert_eq!(fixture.server.of(EXPORT).len(), 2);

    // With a total that it does not give, it has a gap and an end.
    let fixture = Fixture::new().await;
    fixture
        .server
        .on(EXPORT, |_, _| page(&users(0..70), Some(300)));
    let backup = fixture.fetch().await.unwrap();
    assert_eq!(
        backup.counted(Kind::DirectoryUser),
        (Partial, Some(300), 70)
    );
}

#[tokio::test]
async fn users_who_come_meanwhile_are_read() {
    let fixture = Fixture::new().await;
    let size = AtomicUsize::new(120);
    fixture.server.on(EXPORT, move |request, _| {
        let size = size.fetch_add(1, Ordering::Relaxed).min(130);
        page(&cut(&users(0..size), request, 10), Some(size))
    });
    let backup = fixture.fetch().await.unwrap();
    assert_eq!(backup.records(Kind::DirectoryUser), users(0..130));
    assert_eq!(backup.counted(Kind::DirectoryUser), (Read, Some(130), 130));
}

#[tokio::test]
async fn users_who_move_up_when_others_go_are_read_all_the_same() {
    let fixture = Fixture::new().await;
    fixture.server.on(EXPORT, move |request, n| {
        // After the first page, users 3 and 4 are gone: 50 and 51 move into the page that was read.
        let left = if n == 0 {
            users(0..170)
        } else {
            users((0..3).chain(5..170))
        };
        page(&cut(&left, request, 50), Some(left.len()))
    });
    let backup = fixture.fetch().await.unwrap();
    let found: BTreeSet<String> = backup.records(Kind::DirectoryUser).into_iter().collect();
    assert_eq!(found, users(0..170).into_iter().collect());
    assert_eq!(backup.counted(Kind::DirectoryUser), (Read, Some(168), 170));
}

#[tokio::test]
async fn a_list_that_shrinks_each_time_it_is_read_is_partial() {
    let fixture = Fixture::new().await;
    fixture.server.on(EXPORT, move |request, n| {
        let left = users(n..170);
        page(&cut(&left, request, 50), Some(left.len()))
    });
    let backup = fixture.fetch().await.unwrap();
    let (state, reason) = backup.said(Kind::DirectoryUser);
    assert_eq!(state, Partial);
    assert!(reason.contains("back up again"), "{reason}");
}

#[tokio::test]
async fn records_that_come_twice_are_stored_once_and_missed_ones_are_a_gap() {
    let fixture = Fixture::new().await;
    fixture.server.on(EXPORT, move |request, _| {
        // The last user of every page is the first of the next one, too.
        let start = request.number("startIndex");
        page(
            &users(start.saturating_sub(1)..(start + 50).min(100)),
            Some(100),
        )
    });
    let backup = fixture.fetch().await.unwrap();
    assert_eq!(backup.records(Kind::DirectoryUser), users(0..100));

    let fixture = Fixture::new().await;
    fixture
        .server
        .on(EXPORT, move |_, _| page(&users(0..50), Some(100)));
    let backup = fixture.fetch().await.unwrap();
    assert_eq!(
        backup.counted(Kind::DirectoryUser),
        (Partial, Some(100), 50)
    );
}

#[tokio::test]
async fn an_empty_page_before_the_total_is_a_gap() {
    for start in [0, 50, 100] {
        let fixture = Fixture::new().await;
        let all = users(0..150);
        fixture.server.on(EXPORT, move |request, _| {
            let empty = request.number("startIndex") >= start;
            let most = if empty { 0 } else { 50 };
            page(&cut(&all, request, most), Some(150))
        });
        let backup = fixture.fetch().await.unwrap();
        let counted = (Partial, Some(150), start as u64);
        assert_eq!(backup.counted(Kind::DirectoryUser), counted);
        let reason = "the service claims more objects than it gave";
        assert_eq!(backup.said(Kind::DirectoryUser).1, reason);
    }
}

#[tokio::test]
async fn pages_that_arrive_in_another_order_are_stored_in_order() {
    let fixture = Fixture::new().await;
    let all = users(0..250);
    let expected = all.clone();
    let go_on = Arc::new(Semaphore::new(0));
    fixture.server.on(EXPORT, move |request, _| {
        let answer = page(&cut(&all, request, 50), Some(250));
        match request.number("startIndex") {
            // The second page is answered only after the last one was asked for.
            50 => answer.held(&go_on),
            200 => {
                go_on.add_permits(1);
                answer
            }
            _ => answer,
        }
    });
    let backup = fixture.fetch().await.unwrap();
    assert_eq!(backup.records(Kind::DirectoryUser), expected);
}

#[tokio::test]
async fn a_page_that_fails_leaves_a_partial_line_with_the_pages_before_it() {
    for (answer, reason) in [
        (Answer::json(500, "{}"), "was answered with 500"),
        (Answer::json(200, "{}"), "the answer has no list `users`"),
        (
            Answer::json(200, r#"{"users":[{]}"#),
            "the answer is not JSON: ",
        ),
        (
            Answer::with(200, "application/json", b"{\"users\":[\"\xff\"]}"),
            "the answer is not UTF-8",
        ),
        (Answer::with(200, "text/html", b"<html>"), "a web page"),
    ] {
        let fixture = Fixture::new().await;
        let all = users(0..150);
        fixture.server.on(EXPORT, move |request, _| {
            if request.number("startIndex") == 100 {
                return answer.clone();
            }
            page(&cut(&all, request, 50), Some(150))
        });
        let backup = fixture.fetch().await.unwrap();
        assert_eq!(
            backup.counted(Kind::DirectoryUser),
            (Partial, Some(150), 100)
        );
        let told = backup.said(Kind::DirectoryUser).1;
        assert!(told.contains(reason), "{told}");
        assert_eq!(backup.records(Kind::DirectoryUser), users(0..100));
        assert_eq!(backup.gaps(), ["directory-user"]);
        assert_eq!(backup.line(Kind::DirectoryUser).called, 3);
    }
}

#[tokio::test]
async fn a_first_page_that_fails_is_counted_as_asked_for() {
    let fixture = Fixture::new().await;
    fixture.says(EXPORT, Answer::json(500, "{}"));
    let backup = fixture.fetch().await.unwrap();
    assert_eq!(backup.counted(Kind::DirectoryUser), (Unavailable, None, 0));
    assert_eq!(backup.line(Kind::DirectoryUser).called, 1);
}

#[tokio::test]
async fn a_key_that_ends_between_two_pages_ends_the_fetch() {
    let fixture = Fixture::new().await;
    let all = users(0..150);
    fixture.server.on(EXPORT, move |request, _| {
        if request.number("startIndex") == 100 {
            return Answer::json(401, "{}");
        }
        page(&cut(&all, request, 50), Some(150))
    });
    match fixture.fetch().await {
        Err(FetchError::Client(error)) => assert_eq!(error.kind(), ErrorKind::Unauthenticated),
        _ => panic!("the fetch went on"),
    }
}

#[tokio::test]
async fn records_keep_their_bytes_except_white_space() {
    let fixture = Fixture::new().await;
    let record = "{ \"z\" : 1.50e+3, \"b\":\"\\u00e4\\/ \\ud83d x\",\n\t\"a\":[ 1.0, -0 ],\"a\": 2, \"scimUser\":{\"originalId\":\"1\"} }";
    let body = format!("{{\"totalResults\":1,\"users\":[ {record} ]}}");
    fixture.says(EXPORT, Answer::json(200, &body));
    let backup = fixture.fetch().await.unwrap();
    assert_eq!(
        backup.records(Kind::DirectoryUser),
        [
            r#"{"z":1.50e+3,"b":"\u00e4\/ \ud83d x","a":[1.0,-0],"a":2,"scimUser":{"originalId":"1"}}"#
        ]
    );
}

#[tokio::test]
async fn users_of_the_directory_whom_the_export_lacks_are_a_gap() {
    let listing = |ids: &[&str], total: Option<usize>| {
        let resources: Vec<_> = ids.iter().map(|id| format!(r#"{{"id":"{id}"}}"#)).collect();
        let total = total.map_or_else(String::new, |total| format!(r#","totalResults":{total}"#));
        Answer::json(
            200,
            &format!(r#"{{"Resources":[{}]{total}}}"#, resources.join(",")),
        )
    };
    for (answer, state, reason) in [
        (listing(&["u0", "u1", "u2"], Some(3)), Read, ""),
        (listing(&["u0", "u1"], Some(2)), Read, ""),
        (
            listing(&["u0", "u1", "u7"], Some(3)),
            Partial,
            "the directory lists users whom the export does not have: 1",
        ),
        (
            listing(&["a", "b", "c", "d"], None),
            Partial,
            "the directory lists 4 users, the export has 3",
        ),
        // Ids of another making tell nothing, numbers do.
        (listing(&["a", "b", "c"], Some(3)), Read, ""),
    ] {
        let fixture = Fixture::new().await;
        let calls = AtomicUsize::new(0);
        fixture
            .server
            .on("GET /cloud_directory/Users", move |request, _| {
                calls.fetch_add(1, Ordering::Relaxed);
                match request.number("startIndex") {
                    0 => answer.clone(),
                    _ => Answer::json(200, r#"{"Resources":[]}"#),
                }
            });
        fixture.says(EXPORT, page(&users(0..3), Some(3)));
        let backup = fixture.fetch().await.unwrap();
        assert_eq!(backup.said(Kind::DirectoryUser), (state, reason));
    }
    // The list comes first: who signs up meanwhile is in the export.
    let fixture = Fixture::new().await;
    fixture.fetch().await.unwrap();
    let calls: Vec<_> = fixture
        .server
        .requests()
        .into_iter()
        .map(|it| it.call)
        .collect();
    let place = |call: &str| calls.iter().position(|it| it == call).unwrap();
    assert!(place("GET /cloud_directory/Users") < place(EXPORT));
}

#[tokio::test]
async fn records_of_one_kind_are_handed_out_one_by_one() {
    let fixture = Fixture::new().await;
    fixture.server.on("GET /users/export", |request, _| {
        let all: Vec<_> = (0..130).map(|n| format!(r#"{{"id":"{n}"}}"#)).collect();
        assert!(!request.query.contains_key("encryption_secret"));
        page(&cut(&all, request, 100), Some(130))
    });
    let secret = ExportSecret::generate().unwrap();
    let taken = AtomicUsize::new(0);
    let take = |_: Vec<u8>| {
        taken.fetch_add(1, Ordering::Relaxed);
    };
    let line = records(&fixture.client, Kind::Profile, &secret, &Silent, &take).await;
    assert_eq!(line.unwrap().state, Read);
    assert_eq!(taken.into_inner(), 130);
    fixture.says("GET /users/export", page(&["{}".to_owned()], Some(77)));
    let count = lifeboat_fetch::count(&fixture.client, Kind::Profile).await;
    assert_eq!(count.unwrap(), 77);
    fixture.says("GET /users/export", Answer::json(200, "{}"));
    let error = lifeboat_fetch::count(&fixture.client, Kind::Profile).await;
    assert_eq!(
        error.unwrap_err().to_string(),
        "the objects of profile cannot be counted: the answer has no list `users`"
    );
}

/// Fetches with a consumer who lets a million other things happen before each user entry, and returns how many
/// pages were asked for before it took the first.
async fn pages_before_the_first_entry(bound: usize) -> usize {
    let fixture = Fixture::new().await;
    let all = users(0..20_000);
    fixture.server.on(EXPORT, move |request, _| {
        page(&cut(&all, request, 50), Some(20_000))
    });
    let (send, mut receive) = mpsc::channel(bound);
    let mut pages = None;
    let taken = async {
        while let Some(entry) = receive.recv().await {
            let entry: Entry = entry;
            if entry.kind == EntryKind::Resource(Kind::DirectoryUser) && pages.is_none() {
                for _ in 0..100_000 {
                    tokio::task::yield_now().await;
                }
                pages = Some(fixture.server.of(EXPORT).len());
            }
        }
    };
    let fetched = async {
        fetch(&fixture.client, &PAGED, &send, &Silent)
            .await
            .unwrap();
        drop(send);
    };
    tokio::join!(fetched, taken);
    assert_eq!(fixture.server.of(EXPORT).len(), 400);
    pages.unwrap()
}

#[tokio::test]
async fn a_slow_consumer_stops_the_reader() {
    // An entry of 1,000 users is 20 pages: one taken, one in the channel, one before it, and 16 pages under way.
    let pages = pages_before_the_first_entry(1).await;
    assert!(pages <= 80, "{pages}");
    // With room for all of them, the same patience sees all pages.
    assert_eq!(pages_before_the_first_entry(100).await, 400);
}

#[tokio::test]
async fn a_consumer_who_goes_away_ends_the_fetch() {
    let fixture = Fixture::new().await;
    let (send, receive) = mpsc::channel(4);
    drop(receive);
    let result = fetch(&fixture.client, &PAGED, &send, &Silent).await;
    assert!(matches!(result, Err(FetchError::Closed)));
    assert!(fixture.server.of(EXPORT).is_empty());
}
