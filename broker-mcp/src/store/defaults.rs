use broker_core::Result;
use rusqlite::{OptionalExtension as _, params};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Store, failed};

/// What a default account is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Purpose {
    /// Questions.
    Data,
    /// Orders.
    Trading,
}

impl Purpose {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Trading => "trading",
        }
    }
}

impl Store {
    /// The default account of a key, by the name that callers use.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn default_account(
        &self,
        principal: &str,
        purpose: Purpose,
    ) -> Result<Option<String>> {
        let principal = principal.to_owned();
        self.read(move |connection| {
            connection
                .query_row(
                    "SELECT account FROM defaults WHERE principal = ?1 AND purpose = ?2",
                    params![principal, purpose.as_str()],
                    |row| row.get(0),
                )
                .optional()
                .map_err(failed)
        })
        .await
    }

    /// Gives a key another default account.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub async fn set_default_account(
        &self,
        principal: &str,
        purpose: Purpose,
        account: &str,
    ) -> Result<()> {
        let (principal, account) = (principal.to_owned(), account.to_owned());
        self.write(move |transaction| {
            transaction
                .execute(
                    "INSERT INTO defaults (principal, purpose, account) VALUES (?1, ?2, ?3)
                     ON CONFLICT (principal, purpose) DO UPDATE SET account = excluded.account",
                    params![principal, purpose.as_str(), account],
                )
                .map_err(failed)?;
            Ok(())
        })
        .await
    }
}
