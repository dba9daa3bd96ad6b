//! The table as the page `spec/api-resources.md`. A test compares the page with this rendering.

use std::fmt::Write as _;

use crate::endpoint::Endpoint;
use crate::order::restore_order;
use crate::resource::{Limits, Plan, Resource, Restore, Reversibility};
use crate::table::{TABLE, UNAVAILABLE};

/// Renders the whole page in Markdown.
pub fn render_markdown() -> String {
    let mut page = String::from(
        "# Resources of the App ID management API\n\n\
         This page is generated from the table of `lifeboat-catalogue`; `UPDATE=1 cargo test -p lifeboat-catalogue` rewrites it.\n\
         Paths are relative to `/management/v4/{tenantId}`.\n\n\
         ## Overview\n\n\
         | Kind | What | Family | Restored | Reversible | Role to read | Plan |\n\
         |---|---|---|---|---|---|---|\n",
    );
    for row in TABLE {
        line(
            &mut page,
            format_args!(
                "| [`{kind}`](#{kind}) | {} | {} | {} | {} | {} | {} |",
                row.title,
                family(row),
                restored(row),
                reversible(row),
                row.read_role.name(),
                match row.plan {
                    Plan::Any => "any",
                    Plan::Graduated => "graduated",
                },
                kind = row.kind,
            ),
        );
    }
    page.push_str("\n## What App ID never gives up\n\nThese are no gaps of a backup; every ledger lists them.\n\n| Name | What | Why | Source |\n|---|---|---|---|\n");
    for absent in UNAVAILABLE {
        line(
            &mut page,
            format_args!(
                "| `{}` | {} | {} | {} |",
                absent.name, absent.title, absent.reason, absent.source
            ),
        );
    }
    page.push_str("\n## Order of restore\n\nComputed from what each resource says it comes after. The safe posture comes before everything else, and what was held closed opens after everything else, in this order.\n\n");
    for (place, row) in restore_order()
        .into_iter()
        .filter(|row| !matches!(row.restore, Restore::Never(_)))
        .enumerate()
    {
        line(
            &mut page,
            format_args!("{}. `{}`", place.saturating_add(1), row.kind),
        );
    }
    page.push_str("\n## Each resource\n");
    for row in TABLE {
        section(&mut page, row);
    }
    page
}

fn section(page: &mut String, row: &Resource) {
    line(
        page,
        format_args!("\n### {}\n\n{}: {}\n", row.kind, row.title, row.doc),
    );
    for operation in row.operations() {
        line(page, format_args!("- `{operation}`"));
    }
    let fields = |page: &mut String, title: &str, fields: &[&str]| {
        if !fields.is_empty() {
            line(page, format_args!("- {title}: `{}`", fields.join("`, `")));
        }
    };
    fields(page, "filled by the server", row.read_only);
    fields(page, "changes by itself", row.volatile);
    fields(page, "secret", row.secret);
    fields(page, "left out when empty", row.omit_empty);
    let references: Vec<_> = row
        .references
        .iter()
        .map(|it| format!("{} → {}", it.field, it.to))
        .collect();
    fields(
        page,
        "points to",
        &references.iter().map(String::as_str).collect::<Vec<_>>(),
    );
    let after: Vec<_> = row.after.iter().map(|kind| kind.name()).collect();
    fields(page, "written after", &after);
    if let Some(posture) = row.safe_posture {
        let forced: Vec<_> = posture.force.iter().map(|it| it.field).collect();
        fields(page, "held closed while a restore runs", &forced);
    }
    if row.limits != Limits::NONE {
        line(page, format_args!("- limits: {}", limits(&row.limits)));
    }
    if let Restore::Never(reason) = row.restore {
        line(page, format_args!("- never restored: {reason}"));
    }
    line(page, format_args!("- source: {}", row.source));
}

fn family(row: &Resource) -> &'static str {
    match row.endpoint {
        Endpoint::Blob { .. } => "blob",
        Endpoint::Bulk { .. } => "bulk",
        Endpoint::Collection { .. } => "collection",
        Endpoint::Keyed { .. } => "keyed",
        Endpoint::Relation { .. } => "relation",
        Endpoint::Singleton { .. } => "singleton",
    }
}

fn restored(row: &Resource) -> &'static str {
    match row.restore {
        Restore::CreateOrUpdate => "created or updated",
        Restore::Import => "imported",
        Restore::Never(_) => "never",
        Restore::Put => "written",
        Restore::Upload => "uploaded",
    }
}

fn reversible(row: &Resource) -> String {
    if matches!(row.restore, Restore::Never(_)) {
        return "–".to_owned();
    }
    match row.reversibility {
        Reversibility::No(reason) => format!("no: {reason}"),
        Reversibility::Partly(reason) => format!("partly: {reason}"),
        Reversibility::Reversible => "yes".to_owned(),
    }
}

fn limits(limits: &Limits) -> String {
    let mut parts = Vec::new();
    let mut add = |limit: Option<u64>, what: &str| {
        if let Some(limit) = limit {
            parts.push(format!("{limit} {what}"));
        }
    };
    add(limits.objects.map(u64::from), "objects");
    add(limits.page.map(u64::from), "a page");
    add(limits.batch.map(u64::from), "a batch");
    add(limits.bytes, "bytes");
    parts.join(", ")
}

fn line(page: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(page, "{text}");
}
