//! A list in creation order whose members are found by id and shared with snapshots.

use std::collections::BTreeMap;
use std::sync::Arc;

use uuid::Uuid;

/// A member of an [`Ordered`] list.
pub(crate) trait Member: Clone {
    /// The id, which never changes.
    fn id(&self) -> Uuid;
}

/// Members in the order of their creation.
///
/// Each is kept behind a counted pointer, so a snapshot of 100,000 members costs one vector of pointers,
/// and a later change leaves the snapshot as it was.
#[derive(Clone, Debug)]
pub(crate) struct Ordered<T> {
    members: Vec<Arc<T>>,
    numbers: Vec<u64>,
    by_id: BTreeMap<Uuid, u64>,
    next: u64,
}

impl<T: Member> Ordered<T> {
    /// Makes an empty list.
    pub(crate) fn new() -> Self {
        Self {
            members: Vec::new(),
            numbers: Vec::new(),
            by_id: BTreeMap::new(),
            next: 0,
        }
    }

    /// Appends a member.
    pub(crate) fn push(&mut self, member: T) {
        self.by_id.insert(member.id(), self.next);
        self.members.push(Arc::new(member));
        self.numbers.push(self.next);
        self.next += 1;
    }

    /// Returns all members, oldest first.
    pub(crate) fn all(&self) -> &[Arc<T>] {
        &self.members
    }

    /// Returns the number of members.
    pub(crate) fn len(&self) -> usize {
        self.members.len()
    }

    /// Finds a member.
    pub(crate) fn find(&self, id: Uuid) -> Option<&Arc<T>> {
        self.members.get(self.position(id)?)
    }

    /// Finds a member to change it.
    pub(crate) fn find_mut(&mut self, id: Uuid) -> Option<&mut T> {
        let position = self.position(id)?;
        self.members.get_mut(position).map(Arc::make_mut)
    }

    /// Goes through the members that meet a condition, to change them.
    pub(crate) fn change_where(
        &mut self,
        condition: impl Fn(&T) -> bool,
        mut change: impl FnMut(&mut T),
    ) {
        for member in &mut self.members {
            if condition(member) {
                change(Arc::make_mut(member));
            }
        }
    }

    /// Removes a member.
    pub(crate) fn remove(&mut self, id: Uuid) -> Option<Arc<T>> {
        let position = self.position(id)?;
        self.by_id.remove(&id);
        self.numbers.remove(position);
        Some(self.members.remove(position))
    }

    fn position(&self, id: Uuid) -> Option<usize> {
        let number = self.by_id.get(&id)?;
        self.numbers.binary_search(number).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Member for u128 {
        fn id(&self) -> Uuid {
            Uuid::from_u128(*self)
        }
    }

    #[test]
    fn members_keep_their_order_and_are_found_after_others_went() {
        let mut list = Ordered::new();
        for n in [9_u128, 3, 7, 5] {
            list.push(n);
        }
        assert!(list.remove(Uuid::from_u128(3)).is_some());
        assert!(list.remove(Uuid::from_u128(3)).is_none());
        let left: Vec<u128> = list.all().iter().map(|member| **member).collect();
        assert_eq!(left, [9, 7, 5]);
        assert_eq!(list.find(Uuid::from_u128(5)).map(|found| **found), Some(5));
        assert_eq!(list.len(), 3);
    }
}
