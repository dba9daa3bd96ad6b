//! `lifeboat resources`: the catalogue.

use std::fmt;

use lifeboat_catalogue::{
    Endpoint, Kind, Plan, Resource, Restore, Reversibility, TABLE, UNAVAILABLE,
};
use serde::Serialize;

use crate::Context;
use crate::args::closing::Closing;
use crate::exit::ExitClass;
use crate::failure::Failure;

/// List what is backed up and how it comes back
///
/// Prints the table that backup, restore and emulator work from, and what App ID never gives up.
#[derive(Debug, clap::Args)]
#[command(after_long_help = CLOSING.render())]
pub(crate) struct Args {
    /// Kinds to list [default: all]
    #[arg(value_name = "KIND")]
    kinds: Vec<String>,
}

pub(crate) const CLOSING: Closing = Closing {
    examples: [
        ("List everything", "resources"),
        (
            "What a program needs to know of two kinds",
            "resources role template --json",
        ),
    ],
    exits: &[],
};

#[derive(Debug, Serialize)]
struct Report {
    command: &'static str,
    resources: Vec<Row>,
    never: Vec<Never>,
}

#[derive(Debug, Serialize)]
struct Row {
    kind: &'static str,
    title: &'static str,
    doc: &'static str,
    family: &'static str,
    operations: Vec<String>,
    after: Vec<&'static str>,
    restore: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    restore_reason: Option<&'static str>,
    reversible: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reversible_reason: Option<&'static str>,
    read_role: &'static str,
    plan: &'static str,
    source: &'static str,
}

#[derive(Debug, Serialize)]
struct Never {
    name: &'static str,
    title: &'static str,
    reason: &'static str,
    source: &'static str,
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |column: fn(&Row) -> &str| {
            let widths = self.resources.iter().map(column).map(str::len);
            widths.max().unwrap_or(0)
        };
        let kind = width(|row| row.kind).max(4);
        let restore = width(|row| row.restore).max(8);
        writeln!(
            formatter,
            "{:kind$}  {:restore$}  {:10}  WHAT",
            "KIND", "RESTORED", "REVERSIBLE"
        )?;
        for row in &self.resources {
            writeln!(
                formatter,
                "{:kind$}  {:restore$}  {:10}  {}",
                row.kind, row.restore, row.reversible, row.title
            )?;
        }
        if !self.never.is_empty() {
            writeln!(formatter, "\nApp ID never gives up:")?;
        }
        for never in &self.never {
            writeln!(formatter, "  {}: {}", never.title, never.reason)?;
        }
        Ok(())
    }
}

/// Runs the command.
pub(crate) fn run(args: &Args, context: &Context) -> Result<ExitClass, Failure> {
    let resources = if args.kinds.is_empty() {
        TABLE.iter().map(row).collect()
    } else {
        let rows: Result<Vec<Row>, Failure> = args
            .kinds
            .iter()
            .map(|name| match name.parse::<Kind>() {
                Ok(kind) => Ok(row(kind.resource())),
                Err(error) => Err(Failure::new(ExitClass::Usage, error)
                    .hint("`lifeboat resources` lists the kinds")),
            })
            .collect();
        rows?
    };
    let never = if args.kinds.is_empty() {
        UNAVAILABLE
            .iter()
            .map(|absent| Never {
                name: absent.name,
                title: absent.title,
                reason: absent.reason,
                source: absent.source,
            })
            .collect()
    } else {
        Vec::new()
    };
    context.ui.print(&Report {
        command: "resources",
        resources,
        never,
    })?;
    Ok(ExitClass::Done)
}

fn row(resource: &Resource) -> Row {
    let (restore, restore_reason) = match resource.restore {
        Restore::CreateOrUpdate => ("create-or-update", None),
        Restore::Import => ("import", None),
        Restore::Never(reason) => ("never", Some(reason)),
        Restore::Put => ("put", None),
        Restore::Upload => ("upload", None),
    };
    let (reversible, reversible_reason) = match resource.reversibility {
        Reversibility::No(reason) => ("no", Some(reason)),
        Reversibility::Partly(reason) => ("partly", Some(reason)),
        Reversibility::Reversible => ("yes", None),
    };
    Row {
        kind: resource.kind.name(),
        title: resource.title,
        doc: resource.doc,
        family: match resource.endpoint {
            Endpoint::Blob { .. } => "blob",
            Endpoint::Bulk { .. } => "bulk",
            Endpoint::Collection { .. } => "collection",
            Endpoint::Keyed { .. } => "keyed",
            Endpoint::Relation { .. } => "relation",
            Endpoint::Singleton { .. } => "singleton",
        },
        operations: resource
            .operations()
            .iter()
            .map(ToString::to_string)
            .collect(),
        after: resource.after.iter().map(|kind| kind.name()).collect(),
        restore,
        restore_reason,
        reversible,
        reversible_reason,
        read_role: resource.read_role.name(),
        plan: match resource.plan {
            Plan::Any => "any",
            Plan::Graduated => "graduated",
        },
        source: resource.source,
    }
}
