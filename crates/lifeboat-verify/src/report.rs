//! The answer, for people and for scripts.

use std::fmt;

use lifeboat_seal::{VERSION, chain::Finding, json::Encoder, text};

use crate::{
    exit::Exit,
    failure::escape_controls,
    newest::Newest,
    verdict::{Depth, Outside, Verdict},
};

/// All that was found out.
#[derive(Debug)]
pub(crate) struct Report<'a> {
    /// The bundles in the order given.
    pub(crate) verdicts: &'a [Verdict],
    /// What they say about each other.
    pub(crate) findings: &'a [Finding],
    /// How old the newest good one is.
    pub(crate) newest: &'a Newest,
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for verdict in self.verdicts {
            let (checked, not_checked) = levels(verdict.depth);
            write!(
                formatter,
                "{}: {}",
                escape_controls(&verdict.name),
                result(verdict)
            )?;
            if !checked.is_empty() {
                write!(formatter, "; checked: {}", checked.join(", "))?;
            }
            write!(formatter, "; not checked: {}", not_checked.join(", "))?;
            if let (Some(outside), Some(principal)) = (&verdict.outside, &verdict.principal) {
                write!(formatter, "; signed by {}", outside.signer)?;
                if !principal.is_empty() {
                    write!(formatter, " ({})", escape_controls(principal))?;
                }
            }
            writeln!(formatter)?;
        }
        Ok(())
    }
}

impl Report<'_> {
    /// Returns the JSON document: what `lifeboat verify --json` says, as far as no key is needed,
    /// and the age of the newest good bundle.
    pub(crate) fn json(&self) -> String {
        let mut json = Encoder::new();
        json.open().key("schema_version").integer(1);
        json.key("command").string("verify");
        json.key("bundles").open_array();
        for verdict in self.verdicts {
            json.item();
            write_verdict(&mut json, verdict);
        }
        json.close_array().key("chain").open_array();
        for finding in self.findings {
            json.item();
            write_finding(&mut json, finding);
        }
        json.close_array().key("newest").open();
        json.key("created");
        match self.newest.created.and_then(text::time_to_text) {
            Some(created) => json.string(&created),
            None => json.null(),
        };
        write_number(&mut json, "age_seconds", self.newest.age());
        write_number(&mut json, "max_age_seconds", self.newest.max_age);
        json.key("stale");
        match self.newest.is_stale() {
            Some(stale) => json.boolean(stale),
            None => json.null(),
        };
        json.close().close();
        let bytes = json.finish().unwrap_or_default();
        String::from_utf8(bytes).unwrap_or_default()
    }
}

/// Returns the names of the levels that were found right, and of the others.
fn levels(depth: Depth) -> (&'static [&'static str], &'static [&'static str]) {
    let n = match depth {
        Depth::Nothing => 0,
        Depth::Seal => 1,
        Depth::Signature => 2,
    };
    LEVELS.split_at_checked(n).unwrap_or_default()
}

/// Returns the word for the verdict.
fn result(verdict: &Verdict) -> &'static str {
    match verdict.failure {
        Some(_) => "refused",
        None => "valid",
    }
}

/// Writes what was found out about one bundle.
fn write_verdict(json: &mut Encoder, verdict: &Verdict) {
    let (checked, not_checked) = levels(verdict.depth);
    let failure = verdict.failure.as_ref();
    let exit = failure.map_or(Exit::Done, |failure| failure.exit);
    json.open().key("bundle").string(&verdict.name);
    json.key("result").string(result(verdict));
    json.key("exit").integer(exit.code().into());
    write_list(json, "checked", checked);
    write_list(json, "not_checked", not_checked);
    if let Some(outside) = &verdict.outside {
        write_outside(json, outside);
    }
    json.key("principal");
    match &verdict.principal {
        Some(principal) => json.string(principal),
        None => json.null(),
    };
    if let Some(failure) = failure {
        write_list(json, "error", &failure.lines);
        write_list(json, "hints", &failure.hints);
    } else {
        json.key("error").null();
        write_list::<&str>(json, "hints", &[]);
    }
    json.close();
}

/// Writes what a bundle says of itself in clear.
fn write_outside(json: &mut Encoder, outside: &Outside) {
    let header = &outside.header;
    json.key("version").integer(VERSION);
    json.key("id").string(&header.id.to_string());
    write_time(json, "created", header.created);
    json.key("stream").string(&header.chain.stream.to_string());
    json.key("seq").integer(header.chain.seq).key("prev");
    match &header.chain.prev {
        Some(digest) => json.string(&text::digest_to_hex(digest)),
        None => json.null(),
    };
    let own = text::digest_to_hex(&outside.header_sha256);
    json.key("header_sha256").string(&own);
    json.key("size").integer(outside.size);
    json.key("segments").integer(outside.segments);
    json.key("signer").string(&outside.signer);
}

/// Writes what bundles say about each other.
fn write_finding(json: &mut Encoder, finding: &Finding) {
    json.open().key("finding");
    match finding {
        Finding::Fork { stream, seq } => {
            json.string("fork")
                .key("stream")
                .string(&stream.to_string());
            json.key("seq").integer(*seq);
        }
        Finding::Gap {
            stream,
            after,
            before,
        } => {
            json.string("gap").key("stream").string(&stream.to_string());
            json.key("after").integer(*after);
            json.key("before").integer(*before);
        }
        Finding::Rollback {
            stream,
            seq,
            created,
            latest,
        } => {
            json.string("rollback");
            json.key("stream").string(&stream.to_string());
            json.key("seq").integer(*seq);
            write_time(json, "created", *created);
            write_time(json, "latest", *latest);
        }
    }
    json.close();
}

/// Writes a time of a public header, which is before the year 10000.
fn write_time(json: &mut Encoder, key: &str, unix: u64) {
    let time = text::time_to_text(unix).unwrap_or_default();
    json.key(key).string(&time);
}

/// Writes a number that may be missing, or too large for JSON.
fn write_number(json: &mut Encoder, key: &str, number: Option<u64>) {
    json.key(key);
    match number.filter(|number| *number <= lifeboat_seal::limits::INTEGER) {
        Some(number) => json.integer(number),
        None => json.null(),
    };
}

/// Writes a list of strings.
fn write_list<T: AsRef<str>>(json: &mut Encoder, key: &str, items: &[T]) {
    json.key(key).open_array();
    for item in items {
        json.item().string(item.as_ref());
    }
    json.close_array();
}

/// The levels of `lifeboat verify`.
const LEVELS: [&str; 4] = ["seal", "signature", "contents", "restore"];
