//! The form of the file, and its encryption.
//!
//! ```text
//! magic 8 | version 2 | slots 1 | slot 92 … | nonce 12 | length 4 | SHA-256 of all that 32 | body
//! slot:   salt 16 | memory 4 | passes 4 | lanes 4 | nonce 12 | data key under the slot's key 48 | 0 4
//! ```
//!
//! A random data key encrypts the body (AES-256-GCM); every slot holds that data key under a key that
//! Argon2id derives from a master key. The salt and the costs of a slot are sealed with its data key,
//! and the whole header is sealed with the body. The plain hash tells damage from a wrong key.

use aes_gcm::{
    Aes256Gcm, Key, KeyInit as _, Nonce,
    aead::{Aead as _, AeadInOut as _, Payload},
};
use argon2::{Algorithm, Argon2, Params, Version};
use broker_core::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::{SecretError, entries::take};

const MAGIC: [u8; 8] = *b"brksecr\n";
const VERSION: u16 = 1;
const SLOT: usize = 92;
const SUM: usize = 32;
/// Bytes of the header in front of the slots.
const FRONT: usize = MAGIC.len() + 2 + 1;
/// More than a whole store.
pub(super) const LARGEST_FILE: u64 = 40 << 20;

/// A key that encrypts, wiped when it is dropped.
pub(super) type RawKey = Zeroizing<[u8; 32]>;

/// How much work it is to derive a key with Argon2id, for this program as for whoever guesses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyDerivation {
    /// Memory in KiB, at most 1 GiB; 64 MiB.
    pub memory_kib: u32,
    /// Passes over that memory, at most 64; 3.
    pub passes: u32,
    /// Lanes, at most 16; 4.
    pub lanes: u32,
}

impl Default for KeyDerivation {
    /// The second recommended option of RFC 9106.
    fn default() -> Self {
        Self {
            memory_kib: 64 << 10,
            passes: 3,
            lanes: 4,
        }
    }
}

impl KeyDerivation {
    /// So that nobody can make a program take all memory by a header.
    const fn is_bounded(self) -> bool {
        self.memory_kib <= 1 << 20
            && self.passes >= 1
            && self.passes <= 64
            && self.lanes >= 1
            && self.lanes <= 16
    }

    fn derive(self, key: &SecretString, salt: &[u8]) -> Option<RawKey> {
        if !self.is_bounded() {
            return None;
        }
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(32)).ok()?;
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut derived = RawKey::default();
        let password = key.expose_secret().as_bytes();
        argon
            .hash_password_into(password, salt, derived.as_mut_slice())
            .ok()?;
        Some(derived)
    }
}

/// Random bytes of the operating system.
pub(super) fn random<const N: usize>() -> Result<Zeroizing<[u8; N]>, SecretError> {
    let mut bytes = Zeroizing::new([0; N]);
    getrandom::fill(bytes.as_mut_slice()).map_err(|_| SecretError::Random)?;
    Ok(bytes)
}

fn cipher(key: &RawKey) -> Aes256Gcm {
    Aes256Gcm::new(&Key::<Aes256Gcm>::from(**key))
}

/// A data key under a master key.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Slot {
    salt: [u8; 16],
    pub(super) cost: KeyDerivation,
    nonce: [u8; 12],
    wrapped: [u8; 48],
}

impl Slot {
    /// A slot, and the derived key that opens it.
    pub(super) fn wrap(
        data: &RawKey,
        key: &SecretString,
        cost: KeyDerivation,
    ) -> Result<(Self, RawKey), SecretError> {
        const UNUSABLE: SecretError = SecretError::Rotation {
            why: "Argon2id does not take these costs: at least 8 KiB per lane, at most 1 GiB, \
                  64 passes and 16 lanes",
        };
        let salt = *random()?;
        let derived = cost.derive(key, &salt).ok_or(UNUSABLE)?;
        let mut slot = Self {
            salt,
            cost,
            nonce: *random()?,
            wrapped: [0; 48],
        };
        let sealed = cipher(&derived)
            .encrypt(
                &Nonce::from(slot.nonce),
                Payload {
                    msg: data.as_slice(),
                    aad: &slot.terms(),
                },
            )
            .map_err(|_| UNUSABLE)?;
        slot.wrapped = sealed.try_into().map_err(|_| UNUSABLE)?;
        Ok((slot, derived))
    }

    /// What is sealed with the data key.
    fn terms(&self) -> Vec<u8> {
        let mut terms = MAGIC.to_vec();
        terms.extend_from_slice(&VERSION.to_be_bytes());
        self.put_terms(&mut terms);
        terms
    }

    fn put_terms(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&self.salt);
        for cost in [self.cost.memory_kib, self.cost.passes, self.cost.lanes] {
            bytes.extend_from_slice(&cost.to_be_bytes());
        }
    }

    fn put(&self, bytes: &mut Vec<u8>) {
        self.put_terms(bytes);
        bytes.extend_from_slice(&self.nonce);
        bytes.extend_from_slice(&self.wrapped);
        bytes.extend_from_slice(&[0; 4]);
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let salt = take(bytes)?;
        let mut number = || take(bytes).map(u32::from_be_bytes);
        let cost = KeyDerivation {
            memory_kib: number()?,
            passes: number()?,
            lanes: number()?,
        };
        let slot = Self {
            salt,
            cost,
            nonce: take(bytes)?,
            wrapped: take(bytes)?,
        };
        (take(bytes)? == [0; 4] && cost.is_bounded()).then_some(slot)
    }

    pub(super) fn derive(&self, key: &SecretString) -> Option<RawKey> {
        self.cost.derive(key, &self.salt)
    }

    /// Whether a key that was derived for one is good for the other.
    pub(super) fn derives_as(&self, other: &Self) -> bool {
        self.salt == other.salt && self.cost == other.cost
    }

    /// The data key, if the derived one is right.
    pub(super) fn open(&self, derived: &RawKey) -> Option<RawKey> {
        let mut data = Zeroizing::new(self.wrapped.to_vec());
        cipher(derived)
            .decrypt_in_place(&Nonce::from(self.nonce), &self.terms(), &mut *data)
            .ok()?;
        let mut key = RawKey::default();
        key.copy_from_slice(data.get(..32)?);
        Some(key)
    }
}

/// A file as it is read, still closed.
pub(super) struct Sealed {
    pub(super) slots: Vec<Slot>,
    header: Vec<u8>,
    nonce: [u8; 12],
    body: Vec<u8>,
}

/// What is wrong with the bytes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    Foreign,
    Truncated,
    Tampered,
    Newer(u16),
}

impl Sealed {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Flaw> {
        let mut rest = bytes;
        let magic = bytes.get(..MAGIC.len()).unwrap_or(bytes);
        if !MAGIC.starts_with(magic) {
            return Err(Flaw::Foreign);
        }
        take::<8>(&mut rest).ok_or(Flaw::Truncated)?;
        match u16::from_be_bytes(take(&mut rest).ok_or(Flaw::Truncated)?) {
            VERSION => {}
            0 => return Err(Flaw::Tampered),
            version => return Err(Flaw::Newer(version)),
        }
        let slots = usize::from(take::<1>(&mut rest).ok_or(Flaw::Truncated)?[0]);
        if !(1..=2).contains(&slots) {
            return Err(Flaw::Tampered);
        }
        let summed = FRONT + slots * SLOT + 12 + 4;
        let header = bytes.get(..summed + SUM).ok_or(Flaw::Truncated)?;
        let (front, sum) = header.split_at_checked(summed).ok_or(Flaw::Truncated)?;
        if Sha256::digest(front).as_slice() != sum {
            return Err(Flaw::Tampered);
        }
        let slots = (0..slots).map(|_| Slot::take(&mut rest).ok_or(Flaw::Tampered));
        let slots = slots.collect::<Result<_, _>>()?;
        let nonce = take(&mut rest).ok_or(Flaw::Truncated)?;
        let length = u32::from_be_bytes(take(&mut rest).ok_or(Flaw::Truncated)?);
        let body = bytes.get(summed + SUM..).ok_or(Flaw::Truncated)?;
        match u64::from(length).cmp(&(body.len() as u64)) {
            core::cmp::Ordering::Greater => return Err(Flaw::Truncated),
            core::cmp::Ordering::Less => return Err(Flaw::Tampered),
            core::cmp::Ordering::Equal => {}
        }
        Ok(Self {
            slots,
            header: header.to_vec(),
            nonce,
            body: body.to_vec(),
        })
    }

    /// What is in it; `None` when it is not what was sealed.
    pub(super) fn open(&self, data: &RawKey) -> Option<Zeroizing<Vec<u8>>> {
        let mut body = Zeroizing::new(self.body.clone());
        cipher(data)
            .decrypt_in_place(&Nonce::from(self.nonce), &self.header, &mut *body)
            .ok()?;
        Some(body)
    }
}

/// The bytes of a file, with a fresh nonce. The body has to have room for the seal.
pub(super) fn seal(
    slots: &[Slot],
    data: &RawKey,
    mut body: Zeroizing<Vec<u8>>,
) -> Result<Vec<u8>, SecretError> {
    let nonce: [u8; 12] = *random()?;
    let length = u32::try_from(body.len() + 16).map_err(|_| SecretError::TooLarge)?;
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&VERSION.to_be_bytes());
    bytes.push(u8::try_from(slots.len()).map_err(|_| SecretError::TooLarge)?);
    for slot in slots {
        slot.put(&mut bytes);
    }
    bytes.extend_from_slice(&nonce);
    bytes.extend_from_slice(&length.to_be_bytes());
    let sum = Sha256::digest(&bytes);
    bytes.extend_from_slice(&sum);
    cipher(data)
        .encrypt_in_place(&Nonce::from(nonce), &bytes, &mut *body)
        .map_err(|_| SecretError::TooLarge)?;
    bytes.extend_from_slice(&body);
    Ok(bytes)
}
