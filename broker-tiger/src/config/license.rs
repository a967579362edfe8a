use core::fmt;

/// Whose licence a developer works under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum License {
    /// New Zealand.
    Tbnz,
    /// Singapore.
    Tbsg,
    /// Hong Kong, the only one whose requests need a token.
    Tbhk,
    /// Australia.
    Tbau,
    /// United States.
    Tbus,
}

impl License {
    pub(crate) const ALL: [Self; 5] = [Self::Tbnz, Self::Tbsg, Self::Tbhk, Self::Tbau, Self::Tbus];

    /// The vendor's word, such as `TBSG`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Tbnz => "TBNZ",
            Self::Tbsg => "TBSG",
            Self::Tbhk => "TBHK",
            Self::Tbau => "TBAU",
            Self::Tbus => "TBUS",
        }
    }

    /// The licence of the vendor's word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|license| license.word().eq_ignore_ascii_case(word))
    }

    /// Whether requests carry a token.
    #[must_use]
    pub const fn needs_token(self) -> bool {
        matches!(self, Self::Tbhk)
    }
}

impl fmt::Display for License {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
