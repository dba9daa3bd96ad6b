//! The ledger: a signed line for everything that was asked for, so that no gap is silent.

use lifeboat_seal::{
    SealError,
    json::{Decoder, Encoder, Keys},
};

/// The keys of `ledger`.
const KEYS: [&str; 2] = ["complete", "lines"];

/// The keys of an item of `lines`.
const LINE_KEYS: [&str; 6] = ["kind", "state", "called", "claimed", "stored", "reason"];

/// What was read, what was not, and why.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Ledger {
    /// Whether nothing is missing that could have been read: no line is partial, refused,
    /// unavailable or skipped. Writer and reader check it against the lines.
    pub complete: bool,
    /// The lines, in the writer's order.
    pub lines: Vec<LedgerLine>,
}

/// What became of one resource.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LedgerLine {
    /// The resource.
    pub kind: String,
    /// What became of it.
    pub state: LedgerState,
    /// Number of requests made.
    pub called: u64,
    /// Number of objects that the API says exist, if it says so.
    pub claimed: Option<u64>,
    /// Number of objects in the bundle.
    pub stored: u64,
    /// Why, in a sentence; may be empty.
    pub reason: String,
}

/// What became of a resource.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LedgerState {
    /// All of it is in the bundle.
    Read,
    /// Some of it is in the bundle.
    Partial,
    /// The API refused to give it.
    Refused,
    /// Nothing is set there.
    Absent,
    /// The API failed to give it.
    Unavailable,
    /// The API can never give it, or never take it back.
    Never,
    /// It was not asked for.
    Skipped,
}

impl LedgerState {
    /// All states, in the order of the specification.
    const ALL: [Self; 7] = [
        Self::Read,
        Self::Partial,
        Self::Refused,
        Self::Absent,
        Self::Unavailable,
        Self::Never,
        Self::Skipped,
    ];

    /// Returns the state's name in the manifest.
    // spec/bundle-v1.md §8.4.1
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Partial => "partial",
            Self::Refused => "refused",
            Self::Absent => "absent",
            Self::Unavailable => "unavailable",
            Self::Never => "never",
            Self::Skipped => "skipped",
        }
    }

    /// Returns whether a line in this state is a gap.
    // spec/bundle-v1.md §8.4.2
    pub fn is_gap(self) -> bool {
        match self {
            Self::Partial | Self::Refused | Self::Unavailable | Self::Skipped => true,
            Self::Read | Self::Absent | Self::Never => false,
        }
    }
}

impl Ledger {
    /// Returns the ledger with these lines; `complete` follows from them.
    pub fn from_lines(lines: Vec<LedgerLine>) -> Self {
        let complete = !lines.iter().any(|line| line.state.is_gap());
        Self { complete, lines }
    }

    /// Returns whether `complete` says what the lines say.
    // spec/bundle-v1.md §8.4.2
    pub(crate) fn is_consistent(&self) -> bool {
        self.complete != self.lines.iter().any(|line| line.state.is_gap())
    }

    /// Writes the value of `ledger`.
    pub(crate) fn encode(&self, encoder: &mut Encoder) {
        encoder
            .open()
            .key("complete")
            .boolean(self.complete)
            .key("lines")
            .open_array();
        for line in &self.lines {
            encoder.item().open().key("kind").string(&line.kind);
            encoder.key("state").string(line.state.as_str());
            encoder.key("called").integer(line.called).key("claimed");
            match line.claimed {
                Some(claimed) => encoder.integer(claimed),
                None => encoder.null(),
            };
            encoder
                .key("stored")
                .integer(line.stored)
                .key("reason")
                .string(&line.reason)
                .close();
        }
        encoder.close_array().close();
    }

    /// Reads the value of `ledger`.
    // spec/bundle-v1.md §8.4.1
    pub(crate) fn decode(decoder: &mut Decoder<'_>) -> Result<Self, SealError> {
        let mut keys = Keys::new(&KEYS);
        decoder.key(&mut keys)?;
        let complete = decoder.boolean()?;
        decoder.key(&mut keys)?;
        decoder.open_array()?;
        let mut lines = Vec::new();
        while decoder.item(lines.len())? {
            let mut keys = Keys::new(&LINE_KEYS);
            decoder.key(&mut keys)?;
            let kind = decoder.string()?;
            decoder.key(&mut keys)?;
            let name = decoder.string()?;
            let state = LedgerState::ALL
                .into_iter()
                .find(|state| state.as_str() == name);
            let state = state.ok_or_else(|| decoder.damaged())?;
            decoder.key(&mut keys)?;
            let called = decoder.integer()?;
            decoder.key(&mut keys)?;
            let claimed = decoder.optional_integer()?;
            decoder.key(&mut keys)?;
            let stored = decoder.integer()?;
            decoder.key(&mut keys)?;
            let reason = decoder.string()?;
            decoder.close(&keys)?;
            lines.push(LedgerLine {
                kind,
                state,
                called,
                claimed,
                stored,
                reason,
            });
        }
        decoder.close(&keys)?;
        Ok(Self { complete, lines })
    }
}
