//! Numbered storage which reuses the place of what was removed.

/// The number of a place in a [`Slab`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SlotId(u32);

impl SlotId {
    /// No place: looking it up finds nothing. Half the size of an `Option` in every link.
    pub(super) const NONE: Self = Self(u32::MAX);

    pub(super) fn is_none(self) -> bool {
        self == Self::NONE
    }

    fn index(self) -> usize {
        self.0 as usize
    }
}

#[derive(Debug, Clone)]
enum Entry<T> {
    Vacant { next: SlotId },
    Occupied(T),
}

/// Values under stable numbers; grows with the most values held at one time.
#[derive(Debug, Clone)]
pub(super) struct Slab<T> {
    entries: Vec<Entry<T>>,
    free: SlotId,
}

impl<T> Slab<T> {
    pub(super) const fn new() -> Self {
        Self {
            entries: Vec::new(),
            free: SlotId::NONE,
        }
    }

    pub(super) fn get(&self, id: SlotId) -> Option<&T> {
        match self.entries.get(id.index()) {
            Some(Entry::Occupied(value)) => Some(value),
            Some(Entry::Vacant { .. }) | None => None,
        }
    }

    pub(super) fn get_mut(&mut self, id: SlotId) -> Option<&mut T> {
        match self.entries.get_mut(id.index()) {
            Some(Entry::Occupied(value)) => Some(value),
            Some(Entry::Vacant { .. }) | None => None,
        }
    }

    /// Whether one more value can be numbered.
    pub(super) fn has_room(&self) -> bool {
        !self.free.is_none() || u32::try_from(self.entries.len()).is_ok_and(|next| next < u32::MAX)
    }

    /// Stores a value; `SlotId::NONE` only if there is no room.
    pub(super) fn insert(&mut self, value: T) -> SlotId {
        let id = self.free;
        if let Some(entry) = self.entries.get_mut(id.index()) {
            if let Entry::Vacant { next } = *entry {
                self.free = next;
            }
            *entry = Entry::Occupied(value);
            return id;
        }
        match u32::try_from(self.entries.len()) {
            Ok(next) if next < u32::MAX => {
                self.entries.push(Entry::Occupied(value));
                SlotId(next)
            }
            _ => SlotId::NONE,
        }
    }

    pub(super) fn remove(&mut self, id: SlotId) -> Option<T> {
        let entry = self.entries.get_mut(id.index())?;
        if matches!(entry, Entry::Vacant { .. }) {
            return None;
        }
        let vacant = Entry::Vacant { next: self.free };
        self.free = id;
        match std::mem::replace(entry, vacant) {
            Entry::Occupied(value) => Some(value),
            Entry::Vacant { .. } => None,
        }
    }

    /// The number of places, used or not.
    #[cfg(test)]
    pub(super) fn places(&self) -> usize {
        self.entries.len()
    }
}
