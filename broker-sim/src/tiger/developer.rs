use core::fmt;

use broker_core::model::AccountId;

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
    /// The vendor's word.
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
        let all = [Self::Tbnz, Self::Tbsg, Self::Tbhk, Self::Tbau, Self::Tbus];
        all.into_iter().find(|license| license.word() == word)
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

/// Who is registered with the broker to use the API.
#[derive(Clone)]
pub struct Developer {
    /// The vendor's number for the developer, at most ten characters.
    pub tiger_id: String,
    /// The licence.
    pub license: License,
    /// The accounts, the first one being the default. An account of 17 digits or more is a paper
    /// account, one that begins with `U` a global account, any other a standard one.
    pub accounts: Vec<AccountId>,
    /// What an institution's trader must send with each request of an account.
    pub secret_key: Option<String>,
    /// Whether `user_mark` is kept and echoed, which the vendor enables on request.
    pub user_marks: bool,
}

impl fmt::Debug for Developer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Developer")
            .field("tiger_id", &self.tiger_id)
            .field("license", &self.license)
            .field("accounts", &self.accounts)
            .field("user_marks", &self.user_marks)
            .finish_non_exhaustive()
    }
}

/// What kind of account a number stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AccountType {
    Global,
    Standard,
    Paper,
}

impl AccountType {
    pub(super) fn of(account: &AccountId) -> Self {
        let name = account.as_str();
        if name.starts_with('U') {
            Self::Global
        } else if name.len() >= 17 && name.bytes().all(|byte| byte.is_ascii_digit()) {
            Self::Paper
        } else {
            Self::Standard
        }
    }

    /// The vendor's word.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Global => "GLOBAL",
            Self::Standard => "STANDARD",
            Self::Paper => "PAPER",
        }
    }

    /// The code with which orders of such an account are refused.
    pub(super) const fn trade_error(self) -> i32 {
        match self {
            Self::Global => 1100,
            Self::Standard => 1200,
            Self::Paper => 1300,
        }
    }
}
