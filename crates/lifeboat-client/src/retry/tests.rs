//! Outcomes and decisions, case by case.

use super::*;
use crate::clock::{Clock as _, SystemClock};

use Expected::{Block, Give, Refresh, Stop, Wait};
use Reason::{AttemptsUsed, DeadlinePassed, Hopeless, TooLong, WouldRepeat};
use Repeat::{Safe, Unsafe};

/// What a decision is expected to be, with the range of its wait in milliseconds.
#[derive(Clone, Copy, Debug)]
enum Expected {
    Block(u64, u64),
    Give,
    Refresh,
    Stop(Reason),
    Wait(u64, u64),
}

fn answered(status: u16) -> Outcome {
    Outcome::Answered {
        status,
        retry_after: None,
    }
}

fn asked(status: u16, seconds: u64) -> Outcome {
    Outcome::Answered {
        status,
        retry_after: Some(Duration::from_secs(seconds)),
    }
}

fn policy(repeat: Repeat, deadline: Option<Instant>) -> Policy {
    Policy {
        attempts: 4,
        deadline,
        repeat,
        renewal: Renewal::Possible,
    }
}

fn check(name: &str, repeat: Repeat, steps: &[(Outcome, Expected)]) {
    for seed in 0..200 {
        let start = SystemClock.now();
        let deadline = Some(start + Duration::from_secs(100));
        let mut retry = Retry::new(policy(repeat, deadline), seed);
        for (n, (outcome, expected)) in steps.iter().enumerate() {
            let found = retry.next(*outcome, start);
            let millis = |from, to| Duration::from_millis(from)..=Duration::from_millis(to);
            let fits = match (*expected, found) {
                (Block(from, to), Decision::Block(wait))
                | (Wait(from, to), Decision::Wait(wait)) => millis(from, to).contains(&wait),
                (Give, Decision::Give) | (Refresh, Decision::Refresh) => true,
                (Stop(expected), Decision::Stop(found)) => expected == found,
                _ => false,
            };
            assert!(
                fits,
                "{name}, seed {seed}, step {n}: {found:?} instead of {expected:?}"
            );
        }
    }
}

const BROKEN: Outcome = Outcome::Failed(FaultKind::Broken);
const CONNECT: Outcome = Outcome::Failed(FaultKind::Connect);
const TIMED_OUT: Outcome = Outcome::Failed(FaultKind::TimedOut);

#[test]
fn an_answer_that_another_attempt_would_not_change_is_given() {
    for status in [200, 204, 302, 400, 403, 404, 409, 413, 422, 425, 501] {
        for repeat in [Safe, Unsafe] {
            check("given", repeat, &[(answered(status), Give)]);
        }
    }
}

#[test]
fn a_block_is_waited_out_by_reads_and_creates_alike() {
    for repeat in [Safe, Unsafe] {
        check("for 7 s", repeat, &[(asked(429, 7), Block(7_000, 9_000))]);
        check("unsaid", repeat, &[(answered(429), Block(30_000, 32_000))]);
        check("for a day", repeat, &[(asked(429, 86_400), Stop(TooLong))]);
        check("late", repeat, &[(asked(429, 101), Stop(DeadlinePassed))]);
    }
}

#[test]
fn a_doubtful_outcome_is_repeated_only_where_that_is_safe() {
    for status in [408, 500, 502, 503, 504, 520, 599] {
        check("read", Safe, &[(answered(status), Wait(0, 500))]);
        check("create", Unsafe, &[(answered(status), Stop(WouldRepeat))]);
    }
    for lost in [BROKEN, TIMED_OUT] {
        check(
            "read",
            Safe,
            &[(lost, Wait(0, 500)), (lost, Wait(0, 1_000))],
        );
        check("create", Unsafe, &[(lost, Stop(WouldRepeat))]);
    }
    check("told", Safe, &[(asked(503, 9), Wait(9_000, 9_000))]);
    let twice = [(CONNECT, Wait(0, 500)), (CONNECT, Wait(0, 1_000))];
    check("never connected", Unsafe, &twice);
}

#[test]
fn a_token_is_renewed_once() {
    let renewed = (answered(401), Refresh);
    check("again refused", Unsafe, &[renewed, (answered(401), Give)]);
    check("accepted", Safe, &[renewed, (answered(200), Give)]);
    let policy = policy(Safe, None);
    let mut retry = Retry::new(
        Policy {
            renewal: Renewal::Futile,
            ..policy
        },
        1,
    );
    assert_eq!(retry.next(answered(401), SystemClock.now()), Decision::Give);
}

#[test]
fn attempts_end() {
    let wait = (BROKEN, Wait(0, 20_000));
    let block = (answered(429), Block(30_000, 32_000));
    check(
        "lost",
        Safe,
        &[wait, wait, wait, (BROKEN, Stop(AttemptsUsed))],
    );
    let used_up = [block, block, block, (answered(429), Stop(AttemptsUsed))];
    check("blocked", Safe, &used_up);
    check("found", Safe, &[wait, block, wait, (answered(200), Give)]);
    for kind in [FaultKind::Untrusted, FaultKind::Upload] {
        check("hopeless", Safe, &[(Outcome::Failed(kind), Stop(Hopeless))]);
    }
}

#[test]
fn an_effect_is_in_doubt_only_after_an_attempt_that_reached_the_service() {
    let effect = |outcome| {
        let mut retry = Retry::new(policy(Safe, None), 1);
        retry.next(outcome, SystemClock.now());
        retry.effect()
    };
    for outcome in [
        answered(200),
        answered(401),
        answered(404),
        answered(429),
        answered(501),
    ] {
        assert_eq!(effect(outcome), Effect::None, "{outcome:?}");
    }
    assert_eq!(effect(CONNECT), Effect::None);
    for kind in [FaultKind::Broken, FaultKind::TimedOut] {
        assert_eq!(effect(Outcome::Failed(kind)), Effect::Unknown, "{kind:?}");
    }
    assert_eq!(effect(answered(500)), Effect::Unknown);
}

#[test]
fn a_wait_is_read_from_seconds_or_from_an_http_date() {
    let wall = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_760);
    let check = |text, seconds: Option<u64>| {
        assert_eq!(
            parse_retry_after(text, wall),
            seconds.map(Duration::from_secs),
            "{text}"
        );
    };
    check("120", Some(120));
    check(" 0 ", Some(0));
    check("Sun, 06 Nov 1994 08:49:37 GMT", Some(17));
    check("Sun, 06 Nov 1994 08:49:00 GMT", Some(0));
    for text in ["", "soon", "-1", "1.5", "99999999999999999999"] {
        check(text, None);
    }
}
