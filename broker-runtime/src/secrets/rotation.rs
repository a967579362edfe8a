//! Another key, without a moment in which no key opens the store.
//!
//! First both keys open it, then the new one is put in its place, then only the new one opens it and
//! everything is encrypted under a new data key. A crash in between leaves a store that opens with
//! whatever key is in its place.

use broker_core::SecretString;

use super::{
    KeyDerivation, MasterKey, SecretError, SecretStore,
    sealed::{self, RawKey, Slot},
    store::Opened,
};

/// What has been done, durably.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    BothOpen,
    InPlace,
    OldIsGone,
}

impl SecretStore {
    /// Puts a new, generated key in the place of the one in a key file or keyring, and encrypts
    /// everything anew.
    ///
    /// After a crash at any point the store opens with the key that is in its place then; call this
    /// again. Handles in other processes go on.
    ///
    /// # Errors
    /// [`Rotation`](SecretError::Rotation) for a key from the environment or the program, which only a
    /// person can replace: [`begin_rotation`](Self::begin_rotation); else as [`put`](Self::put).
    pub fn rotate(&self) -> Result<(), SecretError> {
        self.rotate_step_by_step(|_| Ok(()))
    }

    pub(super) fn rotate_step_by_step(
        &self,
        mut done: impl FnMut(Step) -> Result<(), SecretError>,
    ) -> Result<(), SecretError> {
        if !self.key.is_writable() {
            return Err(SecretError::Rotation {
                why: "a key from the environment or the program can only be replaced there: begin \
                      the rotation with the next key, start again with it, and finish the rotation",
            });
        }
        let _alone = self.alone()?;
        let opened = self.opened_with_key_in_place()?;
        let next = MasterKey::generate()?;
        // Of an earlier rotation that did not get as far as here, nobody has the other key.
        self.add(&opened, &next, own_cost(&opened)?)?;
        done(Step::BothOpen)?;
        self.key.put_in_place(&next)?;
        done(Step::InPlace)?;
        let opened = self.opened_with_key_in_place()?;
        self.keep_only_own(&opened, &next)?;
        done(Step::OldIsGone)
    }

    /// Lets another key open the store, besides the one that does.
    ///
    /// Then put it where programs take their key from, start them again, and
    /// [`finish_rotation`](Self::finish_rotation) from one of them.
    ///
    /// # Errors
    /// [`Rotation`](SecretError::Rotation) when one was begun and is neither finished nor
    /// [abandoned](Self::abandon_rotation); [`NoKey`](SecretError::NoKey) and
    /// [`WeakKey`](SecretError::WeakKey) of the next key; else as [`put`](Self::put).
    pub fn begin_rotation(&self, next: &MasterKey) -> Result<(), SecretError> {
        let next = next.read()?;
        let _alone = self.alone()?;
        let opened = self.opened_with_key_in_place()?;
        if opened.slots.len() > 1 {
            return Err(SecretError::Rotation {
                why: "a rotation was begun before: finish or abandon it first",
            });
        }
        self.add(&opened, &next, own_cost(&opened)?)
    }

    /// Lets only the next key open the store from now on, and encrypts everything anew. The handle has
    /// to have been opened with that key, which proves that it works.
    ///
    /// # Errors
    /// [`Rotation`](SecretError::Rotation) when none was begun, or this handle has the old key; else as
    /// [`put`](Self::put).
    pub fn finish_rotation(&self) -> Result<(), SecretError> {
        self.end(
            1,
            "this handle has the old key: open the store with the next one",
        )
    }

    /// Goes back to the old key only. The handle has to have been opened with that key.
    ///
    /// # Errors
    /// [`Rotation`](SecretError::Rotation) when none was begun, or this handle has the next key; else
    /// as [`put`](Self::put).
    pub fn abandon_rotation(&self) -> Result<(), SecretError> {
        self.end(
            0,
            "this handle has the next key: open the store with the old one",
        )
    }

    /// Whether a rotation was begun and is not finished.
    ///
    /// # Errors
    /// What [`open`](Self::open) says of the file.
    pub fn is_rotating(&self) -> Result<bool, SecretError> {
        Ok(self.opened()?.slots.len() > 1)
    }

    fn end(&self, own: usize, other: &'static str) -> Result<(), SecretError> {
        let _alone = self.alone()?;
        let opened = self.opened_with_key_in_place()?;
        let why = match opened.slots.len() {
            2 if opened.own == own => {
                let key = self.key.read()?;
                return self.keep_only_own(&opened, &key);
            }
            2 => other,
            _ => "no rotation was begun",
        };
        Err(SecretError::Rotation { why })
    }

    /// With the key that the next process will read: one that only this process still remembers must
    /// not become the only one that opens the store.
    fn opened_with_key_in_place(&self) -> Result<Opened, SecretError> {
        self.read_key_again()?;
        let opened = self.opened()?;
        let key = self.key.read()?;
        // What was derived earlier may be of another key than the one in its place.
        let own = opened.slots.iter().enumerate().find_map(|(index, slot)| {
            let data = slot.derive(&key).and_then(|derived| slot.open(&derived))?;
            Some((index, data))
        });
        let (own, data) = own.ok_or_else(|| SecretError::WrongKey {
            path: self.path().to_owned(),
        })?;
        Ok(Opened {
            own,
            data,
            ..opened
        })
    }

    /// The slot that the key opened, and one for the next key.
    fn add(
        &self,
        opened: &Opened,
        next: &SecretString,
        cost: KeyDerivation,
    ) -> Result<(), SecretError> {
        let (slot, _) = Slot::wrap(&opened.data, next, cost)?;
        let own = opened.slots.get(opened.own).cloned();
        let slots: Vec<Slot> = own.into_iter().chain([slot]).collect();
        self.write(&slots, &opened.data, &opened.entries)
    }

    /// Whoever has learned the data key with the old key reads nothing that is written from now on.
    fn keep_only_own(&self, opened: &Opened, key: &SecretString) -> Result<(), SecretError> {
        let data: RawKey = sealed::random()?;
        let (slot, _) = Slot::wrap(&data, key, own_cost(opened)?)?;
        self.write(&[slot], &data, &opened.entries)
    }
}

fn own_cost(opened: &Opened) -> Result<KeyDerivation, SecretError> {
    let own = opened.slots.get(opened.own).map(|slot| slot.cost);
    own.ok_or(SecretError::Random)
}
