use core::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Whose names are understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// The tools of `tiger-mcp`.
    Tiger,
    /// The tools of `tws-mcp`, with and without `ibkr_`.
    Tws,
    /// The tools of `mcp-ib-paper`; answers are Markdown.
    IbPaper,
}

impl Profile {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Tiger, Self::Tws, Self::IbPaper];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tiger => "tiger",
            Self::Tws => "tws",
            Self::IbPaper => "ib-paper",
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Profile {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|one| one.as_str() == text);
        found.ok_or_else(|| "a profile is one of tiger, tws, ib-paper".to_owned())
    }
}
