//! The pace on a clock that stands still until somebody waits.

use super::*;
use crate::clock::SystemClock;

fn pace(per_second: u32) -> Arc<Pace> {
    Arc::new(Pace::new(per_second, Arc::new(SystemClock)))
}

/// Lets `workers` take `turns` each, answered at once, and returns all instants in order.
async fn run(pace: &Arc<Pace>, workers: usize, turns: usize) -> Vec<Instant> {
    let tasks: Vec<_> = (0..workers)
        .map(|_| {
            let pace = Arc::clone(pace);
            tokio::spawn(async move {
                let mut given = Vec::new();
                for _ in 0..turns {
                    let turn = pace.turn(None).await.unwrap();
                    pace.answered(turn);
                    given.push(turn.given);
                }
                given
            })
        })
        .collect();
    let mut given = Vec::new();
    for task in tasks {
        given.extend(task.await.unwrap());
    }
    given.sort();
    given
}

/// Returns the largest number of instants in any half-open second.
fn most_in_a_second(instants: &[Instant]) -> usize {
    let count = |from: &Instant| {
        instants
            .iter()
            .filter(|instant| (*from..*from + SECOND).contains(*instant))
            .count()
    };
    instants.iter().map(count).max().unwrap()
}

#[tokio::test(start_paused = true)]
async fn many_workers_together_keep_the_rate_and_no_second_exceeds_it() {
    let given = run(&pace(49), 20, 50).await;
    let took = *given.last().unwrap() - given[0];
    assert_eq!(most_in_a_second(&given), 49);
    // 999 intervals at 49 a second; the timer of the runtime ticks in milliseconds.
    assert!((20.38..20.45).contains(&took.as_secs_f64()), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn turns_that_were_missed_are_not_made_good_in_a_burst() {
    let pace = pace(10);
    let mut given = run(&pace, 1, 20).await;
    tokio::time::advance(Duration::from_secs(5)).await;
    given.extend(run(&pace, 1, 20).await);
    assert!(most_in_a_second(&given) <= 10);
    let (after, burst) = (given[20], Duration::from_millis(50));
    let at_once = given
        .iter()
        .filter(|&&instant| instant >= after && instant < after + burst);
    assert!(at_once.count() <= 4);
}

#[tokio::test(start_paused = true)]
async fn a_block_reported_by_many_is_waited_out_once() {
    let pace = pace(49);
    let start = pace.turn(None).await.unwrap();
    let mut sent = Vec::new();
    for _ in 0..10 {
        sent.push(pace.turn(None).await.unwrap());
    }
    for sent in sent {
        tokio::time::advance(Duration::from_millis(100)).await;
        pace.block(sent, Duration::from_secs(30));
    }
    let waited = run(&pace, 10, 1).await[0] - start.given;
    // Ten turns, 0.1 s until the first report, and the block counted from there.
    assert!((30.3..30.4).contains(&waited.as_secs_f64()), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn a_request_sent_after_the_block_and_blocked_again_starts_a_new_block() {
    let pace = pace(49);
    let first = pace.turn(None).await.unwrap();
    pace.block(first, Duration::from_secs(30));
    let second = pace.turn(None).await.unwrap();
    pace.block(second, Duration::from_secs(30));
    let third = pace.turn(None).await.unwrap();
    assert!(third.given - second.given >= Duration::from_secs(30));
}

#[tokio::test(start_paused = true)]
async fn every_block_lowers_the_rate_by_a_tenth_down_to_half() {
    let pace = pace(49);
    for expected in [49, 44, 39, 35, 31, 27, 25, 25] {
        let given = run(&pace, 4, 50).await;
        assert_eq!(most_in_a_second(&given), expected);
        let last = pace.turn(None).await.unwrap();
        pace.answered(last);
        pace.block(last, Duration::from_secs(30));
    }
}

#[tokio::test(start_paused = true)]
async fn a_turn_beyond_the_deadline_is_refused_without_waiting() {
    let pace = pace(1);
    let start = pace.turn(None).await.unwrap().given;
    let soon = Some(start + Duration::from_millis(500));
    assert_eq!(pace.turn(soon).await, Err(DeadlinePassed));
    assert_eq!(SystemClock.now(), start);
    let later = Some(start + Duration::from_secs(2));
    assert!(pace.turn(later).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_goes_away_while_waiting_uses_up_no_turn() {
    let pace = pace(1);
    let start = pace.turn(None).await.unwrap();
    pace.answered(start);
    let given_up = tokio::time::timeout(Duration::from_millis(300), pace.turn(None)).await;
    assert!(given_up.is_err());
    let next = pace.turn(None).await.unwrap();
    let waited = next.given - start.given;
    assert!(waited.as_secs_f64() < 1.01, "{waited:?}");
}

/// Sends requests over a network that takes 20 ms each way and now and then holds one up, and returns
/// when they arrived, in order.
async fn arrivals(pace: &Arc<Pace>, workers: u64, each: u64) -> Vec<Instant> {
    let tasks: Vec<_> = (0..workers)
        .map(|worker| {
            let pace = Arc::clone(pace);
            tokio::spawn(async move {
                let mut arrived = Vec::new();
                for n in 0..each {
                    let turn = pace.turn(None).await.unwrap();
                    let random = (worker * each + n).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
                    let held_up = if random.is_multiple_of(10) {
                        random / 10 % 150
                    } else {
                        random % 5
                    };
                    tokio::time::sleep(Duration::from_millis(20 + held_up)).await;
                    arrived.push(SystemClock.now());
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    pace.answered(turn);
                }
                arrived
            })
        })
        .collect();
    let mut arrived = Vec::new();
    for task in tasks {
        arrived.extend(task.await.unwrap());
    }
    arrived.sort();
    arrived
}

#[tokio::test(start_paused = true)]
async fn no_second_sees_too_many_arrivals_although_some_requests_are_held_up() {
    let arrived = arrivals(&pace(49), 10, 400).await;
    assert!(
        most_in_a_second(&arrived) <= 50,
        "{}",
        most_in_a_second(&arrived)
    );
    // Eight in a hundred of the throughput at most.
    let took = *arrived.last().unwrap() - arrived[0];
    assert!(took.as_secs_f64() < 4_000.0 / 50.0 * 1.08, "{took:?}");
}
