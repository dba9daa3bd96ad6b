//! Bodies of imports and the counts of their answers.

use std::io;

use super::imported::reason;
use super::*;

#[derive(Debug)]
struct Two;

impl RecordSource for Two {
    fn n_records(&self, _kind: Kind) -> u64 {
        3
    }

    fn n_bytes(&self, _kind: Kind) -> u64 {
        12
    }

    fn batch(&self, _kind: Kind, number: usize) -> Result<Option<Vec<u8>>, SourceError> {
        Ok([&b"{\"a\"}\n{}\n"[..], b"{}\n"]
            .get(number)
            .map(|lines| lines.to_vec()))
    }
}

#[derive(Debug)]
struct Broken;

impl RecordSource for Broken {
    fn n_records(&self, _kind: Kind) -> u64 {
        1
    }

    fn n_bytes(&self, _kind: Kind) -> u64 {
        3
    }

    fn batch(&self, _kind: Kind, _number: usize) -> Result<Option<Vec<u8>>, SourceError> {
        Err(SourceError::new("hash differs"))
    }
}

async fn collected(source: Arc<dyn RecordSource>) -> io::Result<Vec<u8>> {
    let mut whole = Vec::new();
    let mut chunks = json_list(source, Kind::DirectoryUser);
    while let Some(chunk) = chunks.next().await {
        whole.extend(chunk?);
    }
    Ok(whole)
}

#[tokio::test]
async fn a_job_gets_all_records_as_one_list_of_the_length_it_was_told() {
    let source: Arc<dyn RecordSource> = Arc::new(Two);
    let whole = collected(Arc::clone(&source)).await.unwrap();
    assert_eq!(whole, b"[{\"a\"},{},{}]");
    assert_eq!(
        u64::try_from(whole.len()).unwrap(),
        source.n_bytes(Kind::DirectoryUser) + 1
    );
}

#[tokio::test]
async fn a_bundle_that_cannot_be_read_ends_the_stream_with_an_error() {
    let error = collected(Arc::new(Broken)).await.unwrap_err();
    assert_eq!(error.to_string(), "the bundle cannot be read any further");
}

#[test]
fn batches_are_cut_to_the_size_that_the_api_takes() {
    let bodies: Vec<_> = split(Ok(b"1\n2\n3\n".to_vec()), 2)
        .into_iter()
        .map(Result::unwrap)
        .collect();
    assert_eq!(
        bodies,
        [
            (2, b"{\"users\":[1,2]}".to_vec()),
            (1, b"{\"users\":[3]}".to_vec())
        ]
    );
}

#[test]
fn records_in_neither_count_have_failed() {
    let mut imported = Imported::default();
    let answer = serde_json::from_str(
        r#"{"added":1,"failed":1,"failReasons":[{"email":"a@b.c","error":{"code":"X","message":"exists"}}]}"#,
    );
    imported.take(50, &answer.unwrap());
    assert_eq!(
        (imported.sent, imported.added, imported.failed),
        (50, Some(1), 49)
    );
    assert_eq!(imported.reasons, ["a@b.c: exists"]);
}

#[test]
fn the_end_of_a_job_is_counted_like_the_answer_to_a_batch() {
    let job = |body: &str| {
        let mut imported = Imported {
            sent: 10,
            ..Imported::default()
        };
        let is_told = imported.take_job(body.as_bytes());
        (imported.added, imported.failed, is_told)
    };
    assert_eq!(job(r#"{"added":7,"failed":3}"#), (Some(7), 3, true));
    assert_eq!(job(r#"{"added":7,"failed":0}"#), (Some(7), 3, false));
    assert_eq!(
        job(r#"{"added":10,"failReasons":null}"#),
        (Some(10), 0, true)
    );
    assert_eq!(job(r#"{"status":"SUCCESS"}"#), (None, 0, false));
    assert_eq!(job("<html>"), (None, 0, false));
}

#[test]
fn reasons_are_understood_in_any_shape() {
    assert_eq!(
        reason(&serde_json::json!({"originalId": "o", "error": "full"})),
        "o: \"full\""
    );
    assert_eq!(reason(&serde_json::json!({})), "a record: null");
}
