//! The news of fetches and restores, as bars and warnings.

use std::collections::BTreeMap;
use std::sync::Mutex;

use lifeboat_catalogue::Kind;
use lifeboat_restore::Step;

use crate::ui::{Progress, Ui, Unit};

/// Shows how far a fetch or a restore is.
#[derive(Debug)]
pub(crate) struct News {
    ui: Ui,
    bars: Mutex<BTreeMap<&'static str, Progress>>,
}

impl News {
    /// Shows news on `ui`.
    pub(crate) fn new(ui: &Ui) -> Self {
        Self {
            ui: ui.clone(),
            bars: Mutex::new(BTreeMap::new()),
        }
    }

    /// Moves the bar of that name, and takes it away at its end.
    fn show(&self, name: &'static str, done: u64, total: u64) {
        let Ok(mut bars) = self.bars.lock() else {
            return;
        };
        if done >= total {
            bars.remove(name);
            return;
        }
        bars.entry(name)
            .or_insert_with(|| self.ui.bar(name, total, Unit::Steps))
            .set(done);
    }
}

impl lifeboat_fetch::Observer for News {
    fn progress(&self, kind: Kind, done: u64, total: Option<u64>) {
        self.show(kind.name(), done, total.unwrap_or(done));
    }

    fn warn(&self, sentence: &str) {
        self.ui.warn(sentence);
    }
}

impl lifeboat_restore::Observer for News {
    fn step(&self, done: usize, total: usize, step: &Step) {
        tracing::info!(%step, "step");
        let count = |n| u64::try_from(n).unwrap_or(u64::MAX);
        self.show("restoring", count(done).saturating_add(1), count(total));
    }

    fn imported(&self, kind: Kind, done: u64, total: u64) {
        self.show(kind.name(), done, total);
    }
}
