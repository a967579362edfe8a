use broker_core::Result;
use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension as _, params};

use super::{Store, failed, millis, time, unreadable};

/// An order as it was shown before it was placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// Names it.
    pub id: String,
    /// Who asked.
    pub principal: String,
    /// A digest of what was shown.
    pub digest: String,
    /// What was shown, as lines of a name and a value.
    pub lines: Vec<(String, String)>,
    /// When it is void, UTC.
    pub expires_at: DateTime<Utc>,
}

impl Store {
    /// Keeps what was shown.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub async fn keep_preview(&self, preview: Preview, now: DateTime<Utc>) -> Result<()> {
        self.write(move |transaction| {
            let lines = serde_json::to_string(&preview.lines).map_err(|_| unreadable("list"))?;
            transaction
                .execute("DELETE FROM previews WHERE expires_at <= ?1", [millis(now)])
                .map_err(failed)?;
            let (expires, digest) = (millis(preview.expires_at), preview.digest);
            transaction
                .execute(
                    "INSERT INTO previews (id, principal, digest, lines, expires_at)
                     VALUES (?1, ?2, ?3, ?4, ?5)",
                    params![preview.id, preview.principal, digest, lines, expires],
                )
                .map_err(failed)?;
            Ok(())
        })
        .await
    }

    /// What was shown under a name, unless it is void.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn preview(&self, id: &str, now: DateTime<Utc>) -> Result<Option<Preview>> {
        let id = id.to_owned();
        self.read(move |connection| {
            let found = connection
                .query_row(
                    "SELECT id, principal, digest, lines, expires_at FROM previews
                     WHERE id = ?1 AND expires_at > ?2",
                    params![id, millis(now)],
                    |row| {
                        let lines: String = row.get(3)?;
                        Ok((row.get(0)?, row.get(1)?, row.get(2)?, lines, row.get(4)?))
                    },
                )
                .optional()
                .map_err(failed)?;
            let Some((id, principal, digest, lines, expires)) = found else {
                return Ok(None);
            };
            Ok(Some(Preview {
                id,
                principal,
                digest,
                lines: serde_json::from_str(&lines).map_err(|_| unreadable("list"))?,
                expires_at: time(expires)?,
            }))
        })
        .await
    }
}
