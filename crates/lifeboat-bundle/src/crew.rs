//! Threads that do one kind of job and give the results back in the order of the jobs.

use std::{
    collections::VecDeque,
    fmt,
    num::NonZero,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Receiver, SyncSender},
    },
    thread,
};

/// What one thread does with its jobs; it may keep what it needs between them.
pub(crate) trait Worker: Send + 'static {
    /// A job.
    type Job: Send + 'static;
    /// Its result.
    type Output: Send + 'static;

    /// Does a job.
    fn work(&mut self, job: Self::Job) -> Self::Output;
}

/// A job, and where its result goes.
struct Task<W: Worker> {
    /// The job.
    job: W::Job,
    /// The way back.
    reply: SyncSender<W::Output>,
}

/// A crew of threads.
///
/// They end when the crew is dropped. Where the system gives no thread, jobs are done in place.
pub(crate) struct Crew<W: Worker> {
    /// Works in place.
    own: W,
    /// The way to the threads, once there are some.
    jobs: Option<SyncSender<Task<W>>>,
    /// Where results come back, in order.
    waiting: VecDeque<Receiver<W::Output>>,
}

impl<W: Worker> Crew<W> {
    /// Returns a crew of one that works in place, until threads are asked for.
    pub(crate) fn new(own: W) -> Self {
        Self {
            own,
            jobs: None,
            waiting: VecDeque::new(),
        }
    }

    /// Starts a thread for each core, of those that `hire` gives a worker for.
    pub(crate) fn start(&mut self, hire: impl Fn() -> Option<W>) {
        if self.jobs.is_some() {
            return;
        }
        let cores = cores();
        let (jobs, queue) = mpsc::sync_channel::<Task<W>>(cores);
        let queue = Arc::new(Mutex::new(queue));
        for worker in (0..cores).map_while(|_| hire()) {
            let queue = Arc::clone(&queue);
            let run = move || run(worker, &queue);
            if thread::Builder::new().spawn(run).is_err() {
                break;
            }
            self.jobs = Some(jobs.clone());
        }
    }

    /// Returns how many jobs are worth giving before a result is taken.
    pub(crate) fn reach(&self) -> usize {
        match self.jobs {
            Some(_) => cores().saturating_mul(2),
            None => 0,
        }
    }

    /// Returns how many results are still to be taken.
    pub(crate) fn n_waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Gives a job.
    pub(crate) fn push(&mut self, job: W::Job) {
        let (reply, result) = mpsc::sync_channel(1);
        match &self.jobs {
            // A crew that is gone shows when its results are taken.
            Some(jobs) => drop(jobs.send(Task { job, reply })),
            None => drop(reply.send(self.own.work(job))),
        }
        self.waiting.push_back(result);
    }

    /// Takes the next result in order; none when all were taken, or when its thread has died.
    pub(crate) fn pop(&mut self) -> Option<W::Output> {
        self.waiting.pop_front()?.recv().ok()
    }

    /// Forgets all jobs that were given.
    pub(crate) fn forget(&mut self) {
        self.waiting.clear();
    }
}

impl<W: Worker> fmt::Debug for Crew<W> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Crew")
            .field("n_waiting", &self.waiting.len())
            .finish_non_exhaustive()
    }
}

/// Works until the crew is dropped.
fn run<W: Worker>(mut worker: W, queue: &Mutex<Receiver<Task<W>>>) {
    loop {
        let task = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Task { job, reply }) = task else {
            return;
        };
        // Whoever forgot the job does not want its result.
        drop(reply.send(worker.work(job)));
    }
}

/// Returns the number of threads: one for each core, sixteen at most.
fn cores() -> usize {
    thread::available_parallelism()
        .map_or(1, NonZero::get)
        .min(16)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Twice;

    impl Worker for Twice {
        type Job = u32;
        type Output = u32;

        fn work(&mut self, job: u32) -> u32 {
            job.wrapping_mul(2)
        }
    }

    #[test]
    fn results_come_in_the_order_of_the_jobs_with_threads_and_without() {
        for threads in [false, true] {
            let mut crew = Crew::new(Twice);
            if threads {
                crew.start(|| Some(Twice));
                assert!(crew.reach() > 1);
            }
            let mut results = Vec::new();
            for job in 0..1_000 {
                crew.push(job);
                if crew.n_waiting() > crew.reach() {
                    results.extend(crew.pop());
                }
            }
            results.extend(std::iter::from_fn(|| crew.pop()));
            assert_eq!(results, (0..1_000).map(|job| job * 2).collect::<Vec<_>>());
        }
    }

    #[test]
    fn forgotten_jobs_have_no_results() {
        let mut crew = Crew::new(Twice);
        crew.start(|| Some(Twice));
        crew.push(1);
        crew.forget();
        crew.push(2);
        assert_eq!((crew.pop(), crew.pop()), (Some(4), None));
    }
}
