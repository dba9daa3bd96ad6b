use super::*;

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

fn check(name: &str, repeat: Repeat, steps: &[(Outcome, Expected)]) {
    for seed in 0..200 {
        let start = Instant::now();
        let deadline = Some(start + Duration::from_secs(100));
        let mut retry = Retry::new(
            Policy {
                attempts: 4,
                deadline,
                repeat,
            },
            seed,
        );
        for (n, (outcome, expected)) in steps.iter().enumerate() {
            let found = retry.next(*outcome, start);
            let millis = |from, to| Duration::from_millis(from)..=Duration::from_millis(to);
            let fits = match (*expected, found) {
                (Expected::Block(from, to), Decision::Block(wait))
                | (Expected::Wait(from, to), Decision::Wait(wait)) => {
                    millis(from, to).contains(&wait)
                }
                (Expected::Give, Decision::Give) | (Expected::Refresh, Decision::Refresh) => true,
                (Expected::Stop(expected), Decision::Stop(found)) => expected == found,
                _ => false,
            };
            assert!(
                fits,
                "{name}, seed {seed}, step {n}: {found:?} instead of {expected:?}"
            );
        }
    }
}

#[test]
fn every_outcome_leads_to_the_decision_of_the_table() {
    use Expected::{Block, Give, Refresh, Stop, Wait};
    use Reason::{AttemptsUsed, DeadlinePassed, Hopeless, TooLong, WouldRepeat};
    use Repeat::{Safe, Unsafe};
    let failed = Outcome::Failed;
    let (broken, connect, timed_out) = (
        failed(FaultKind::Broken),
        failed(FaultKind::Connect),
        failed(FaultKind::TimedOut),
    );

    check("an answer is given", Unsafe, &[(answered(200), Give)]);
    check("a redirect is given", Safe, &[(answered(302), Give)]);
    for status in [400, 403, 404, 409, 413, 422, 425, 501] {
        check("a refusal is given", Safe, &[(answered(status), Give)]);
    }
    check(
        "429 with a header",
        Unsafe,
        &[(asked(429, 7), Block(7_000, 9_000))],
    );
    check(
        "429 without",
        Unsafe,
        &[(answered(429), Block(30_000, 32_000))],
    );
    check(
        "429 for a day",
        Safe,
        &[(asked(429, 86_400), Stop(TooLong))],
    );
    check(
        "429 beyond the deadline",
        Safe,
        &[(asked(429, 101), Stop(DeadlinePassed))],
    );
    for status in [408, 500, 502, 503, 504, 520, 599] {
        check("doubt on a read", Safe, &[(answered(status), Wait(0, 500))]);
        check(
            "doubt on a create",
            Unsafe,
            &[(answered(status), Stop(WouldRepeat))],
        );
    }
    check(
        "503 with a header",
        Safe,
        &[(asked(503, 9), Wait(9_000, 9_000))],
    );
    for lost in [broken, timed_out] {
        check(
            "lost answer to a read",
            Safe,
            &[(lost, Wait(0, 500)), (lost, Wait(0, 1_000))],
        );
        check(
            "lost answer to a create",
            Unsafe,
            &[(lost, Stop(WouldRepeat))],
        );
    }
    check(
        "never connected",
        Unsafe,
        &[(connect, Wait(0, 500)), (connect, Wait(0, 1_000))],
    );
    check(
        "certificate",
        Safe,
        &[(failed(FaultKind::Untrusted), Stop(Hopeless))],
    );
    check(
        "unreadable source",
        Safe,
        &[(failed(FaultKind::Upload), Stop(Hopeless))],
    );
    check(
        "401 once, then given",
        Unsafe,
        &[(answered(401), Refresh), (answered(401), Give)],
    );
    let wait = (broken, Wait(0, 20_000));
    check(
        "used up",
        Safe,
        &[wait, wait, wait, (broken, Stop(AttemptsUsed))],
    );
    let block = (answered(429), Block(30_000, 32_000));
    check(
        "blocks used up",
        Safe,
        &[block, block, block, (answered(429), Stop(AttemptsUsed))],
    );
    check(
        "recovered",
        Safe,
        &[wait, block, wait, (answered(200), Give)],
    );
}

#[test]
fn an_effect_is_in_doubt_only_after_an_attempt_that_reached_the_service() {
    let effect = |outcome| {
        let policy = Policy {
            attempts: 4,
            deadline: None,
            repeat: Repeat::Safe,
        };
        let mut retry = Retry::new(policy, 1);
        retry.next(outcome, Instant::now());
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
    assert_eq!(effect(Outcome::Failed(FaultKind::Connect)), Effect::None);
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
