//! The order of restore, computed from what each row says it comes after.

use crate::kind::Kind;
use crate::resource::Resource;
use crate::table::TABLE;

/// Returns every row so that each comes after the rows it names in `after`; ties keep the table's order.
///
/// Steps of the safe posture are not part of it: they come before everything else.
pub fn restore_order() -> Vec<&'static Resource> {
    let mut ordered: Vec<&'static Resource> = Vec::with_capacity(TABLE.len());
    let mut waiting: Vec<&'static Resource> = TABLE.iter().collect();
    while !waiting.is_empty() {
        let placed = |kind: &Kind| ordered.iter().any(|row| row.kind == *kind);
        let Some(ready) = waiting.iter().position(|row| row.after.iter().all(placed)) else {
            // A test proves that the table has no cycle; were there one, the rest would keep its order.
            ordered.append(&mut waiting);
            break;
        };
        ordered.push(waiting.remove(ready));
    }
    ordered
}
