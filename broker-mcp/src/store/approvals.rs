use core::{fmt, str::FromStr};

use broker_core::{Error, ErrorKind, Result};
use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ulid::Ulid;

use super::{Store, failed, millis, time, unreadable};

/// How far a question to a person is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum ApprovalState {
    /// Nobody has said anything yet.
    Pending,
    /// A person has agreed; the call has not come back yet.
    Approved,
    /// A person has declined.
    Declined,
    /// A person has agreed and the call was let through, once.
    Used,
}

impl ApprovalState {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Declined => "declined",
            Self::Used => "used",
        }
    }
}

impl fmt::Display for ApprovalState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ApprovalState {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let all = [Self::Pending, Self::Approved, Self::Declined, Self::Used];
        let found = all.into_iter().find(|state| state.as_str() == text);
        found.ok_or_else(|| unreadable("state"))
    }
}

/// What a person is to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewApproval {
    /// Who wants it.
    pub principal: String,
    /// The operation.
    pub operation: String,
    /// A digest of caller, operation and arguments: what is agreed to.
    pub digest: String,
    /// One sentence.
    pub sentence: String,
    /// The same as lines of a name and a value.
    pub lines: Vec<(String, String)>,
}

/// A question to a person, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Approval {
    /// Names it; a call is let through by it once.
    pub id: String,
    /// Who wants it.
    pub principal: String,
    /// The operation.
    pub operation: String,
    /// A digest of caller, operation and arguments: what is agreed to.
    pub digest: String,
    /// One sentence.
    pub sentence: String,
    /// The same as lines of a name and a value.
    pub lines: Vec<(String, String)>,
    /// When it was asked first, UTC.
    pub created_at: DateTime<Utc>,
    /// When it is void, UTC.
    pub expires_at: DateTime<Utc>,
    /// How far it is.
    pub state: ApprovalState,
    /// Who agreed or declined.
    pub decided_by: Option<String>,
}

const COLUMNS: &str = "id, principal, operation, digest, sentence, lines, created_at, expires_at, \
                       state, decided_by";

fn read(row: &Row<'_>) -> rusqlite::Result<(Approval, String, i64, i64, String)> {
    let approval = Approval {
        id: row.get(0)?,
        principal: row.get(1)?,
        operation: row.get(2)?,
        digest: row.get(3)?,
        sentence: row.get(4)?,
        lines: Vec::new(),
        created_at: DateTime::UNIX_EPOCH,
        expires_at: DateTime::UNIX_EPOCH,
        state: ApprovalState::Pending,
        decided_by: row.get(9)?,
    };
    Ok((approval, row.get(5)?, row.get(6)?, row.get(7)?, row.get(8)?))
}

fn whole(parts: (Approval, String, i64, i64, String)) -> Result<Approval> {
    let (mut approval, lines, created, expires, state) = parts;
    approval.lines = serde_json::from_str(&lines).map_err(|_| unreadable("list"))?;
    approval.created_at = time(created)?;
    approval.expires_at = time(expires)?;
    approval.state = state.parse()?;
    Ok(approval)
}

fn get(connection: &Connection, id: &str) -> Result<Option<Approval>> {
    let select = format!("SELECT {COLUMNS} FROM approvals WHERE id = ?1");
    let found = connection.query_row(&select, [id], read).optional();
    found.map_err(failed)?.map(whole).transpose()
}

/// What is asked for the same thing and not void, the newest first.
fn alike(
    transaction: &Transaction<'_>,
    new: &NewApproval,
    now: DateTime<Utc>,
) -> Result<Option<Approval>> {
    let select = format!(
        "SELECT {COLUMNS} FROM approvals
         WHERE principal = ?1 AND operation = ?2 AND digest = ?3 AND expires_at > ?4
           AND state IN ('pending', 'approved')
         ORDER BY state = 'approved' DESC, id DESC LIMIT 1"
    );
    let wanted = params![new.principal, new.operation, new.digest, millis(now)];
    let found = transaction.query_row(&select, wanted, read).optional();
    found.map_err(failed)?.map(whole).transpose()
}

/// Questions of one caller that may wait at once: who is asked too much agrees to anything.
const WAITING: i64 = 50;

fn not_flooded(transaction: &Transaction<'_>, principal: &str, now: DateTime<Utc>) -> Result<()> {
    let waiting: i64 = transaction
        .query_row(
            "SELECT count(*) FROM approvals
             WHERE principal = ?1 AND state = 'pending' AND expires_at > ?2",
            params![principal, millis(now)],
            |row| row.get(0),
        )
        .map_err(failed)?;
    if waiting < WAITING {
        return Ok(());
    }
    let message = format!("{waiting} questions of this key wait for a person already");
    Err(Error::new(ErrorKind::RateLimited, message))
}

impl Store {
    /// The open question for a call: the one that was asked before for exactly the same, or a new one.
    ///
    /// # Errors
    /// When the file cannot be read or written; [`RateLimited`](ErrorKind::RateLimited) when fifty of
    /// this caller wait already.
    pub async fn approval_for(
        &self,
        new: NewApproval,
        now: DateTime<Utc>,
        lasts: TimeDelta,
    ) -> Result<Approval> {
        self.write(move |transaction| {
            let lines = serde_json::to_string(&new.lines).map_err(|_| unreadable("list"))?;
            if let Some(mut found) = alike(transaction, &new, now)? {
                if found.state == ApprovalState::Pending {
                    // What is asked stays the same; what is told about it, such as the market, is new.
                    transaction
                        .execute(
                            "UPDATE approvals SET sentence = ?2, lines = ?3 WHERE id = ?1",
                            params![found.id, new.sentence, lines],
                        )
                        .map_err(failed)?;
                    (found.sentence, found.lines) = (new.sentence, new.lines);
                }
                return Ok(found);
            }
            not_flooded(transaction, &new.principal, now)?;
            let approval = Approval {
                id: Ulid::generate().to_string(),
                principal: new.principal,
                operation: new.operation,
                digest: new.digest,
                sentence: new.sentence,
                lines: new.lines,
                created_at: now,
                expires_at: now + lasts,
                state: ApprovalState::Pending,
                decided_by: None,
            };
            transaction
                .execute(
                    "INSERT INTO approvals
                     (id, principal, operation, digest, sentence, lines, created_at, expires_at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                    params![
                        approval.id,
                        approval.principal,
                        approval.operation,
                        approval.digest,
                        approval.sentence,
                        lines,
                        millis(approval.created_at),
                        millis(approval.expires_at),
                    ],
                )
                .map_err(failed)?;
            Ok(approval)
        })
        .await
    }

    /// A question by its name.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn approval(&self, id: &str) -> Result<Option<Approval>> {
        let id = id.to_owned();
        self.read(move |connection| get(connection, &id)).await
    }

    /// Questions that wait for somebody, the oldest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn pending_approvals(&self, now: DateTime<Utc>) -> Result<Vec<Approval>> {
        self.read(move |connection| {
            let select = format!(
                "SELECT {COLUMNS} FROM approvals
                 WHERE state = 'pending' AND expires_at > ?1 ORDER BY created_at, id"
            );
            let mut statement = connection.prepare_cached(&select).map_err(failed)?;
            let rows = statement.query_map([millis(now)], read).map_err(failed)?;
            rows.map(|row| whole(row.map_err(failed)?)).collect()
        })
        .await
    }

    /// Writes down what a person has said to a question, by another way than the call itself.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) for a question that nobody asked;
    /// [`PermissionDenied`](ErrorKind::PermissionDenied) when `by` is who asked;
    /// [`TooLate`](ErrorKind::TooLate) when it is void or has been answered.
    pub async fn decide(
        &self,
        id: &str,
        agreed: bool,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<Approval> {
        let (id, by) = (id.to_owned(), by.to_owned());
        self.write(move |transaction| {
            let Some(found) = get(transaction, &id)? else {
                let message = format!("there is no question {id}");
                return Err(Error::new(ErrorKind::NotFound, message));
            };
            if found.principal == by {
                let message = "who asks for something cannot agree to it";
                return Err(Error::new(ErrorKind::PermissionDenied, message));
            }
            if found.state != ApprovalState::Pending || found.expires_at <= now {
                let state = found.state;
                let how = if found.expires_at <= now { "void" } else { state.as_str() };
                let message = format!("the question {id} is {how}");
                return Err(Error::new(ErrorKind::TooLate, message));
            }
            let state = if agreed { ApprovalState::Approved } else { ApprovalState::Declined };
            transaction
                .execute(
                    "UPDATE approvals SET state = ?2, decided_by = ?3, decided_at = ?4 WHERE id = ?1",
                    params![id, state.as_str(), by, millis(now)],
                )
                .map_err(failed)?;
            Ok(Approval {
                state,
                decided_by: Some(by),
                ..found
            })
        })
        .await
    }

    /// Writes down what a person has said through the client itself: agreeing uses the question up.
    ///
    /// Whether it was still open: of two that come with the same answer, one is let through.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub async fn answered(
        &self,
        id: &str,
        agreed: bool,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let (id, by) = (id.to_owned(), by.to_owned());
        let state = if agreed {
            ApprovalState::Used
        } else {
            ApprovalState::Declined
        };
        self.write(move |transaction| {
            let changed = transaction.execute(
                "UPDATE approvals SET state = ?2, decided_by = ?3, decided_at = ?4
                 WHERE id = ?1 AND state IN ('pending', 'approved') AND expires_at > ?4",
                params![id, state.as_str(), by, millis(now)],
            );
            Ok(changed.map_err(failed)? == 1)
        })
        .await
    }

    /// Uses up what a person has agreed to by another way. Whether it could be: once, and not when it
    /// is void.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub async fn use_approval(&self, id: &str, now: DateTime<Utc>) -> Result<bool> {
        let id = id.to_owned();
        self.write(move |transaction| {
            let changed = transaction.execute(
                "UPDATE approvals SET state = 'used'
                 WHERE id = ?1 AND state = 'approved' AND expires_at > ?2",
                params![id, millis(now)],
            );
            Ok(changed.map_err(failed)? == 1)
        })
        .await
    }
}
