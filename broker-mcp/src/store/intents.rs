use core::{fmt, str::FromStr};

use broker_core::{Decimal, Error, ErrorKind, Result};
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use serde_json::Value;

use super::{OpenOrders, Store, failed, millis, open_orders::open, order_names, time, unreadable};

/// How far a command is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IntentState {
    /// It may have been sent; what became of it is not written down.
    Open,
    /// It was sent, and this is what became of it.
    Done,
    /// It was refused: it is proven that nothing happened, and the refusal is final.
    Refused,
    /// It is proven that nothing happened, and the same may be tried again under the same name.
    Void,
}

impl IntentState {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Void => "void",
        }
    }
}

impl fmt::Display for IntentState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for IntentState {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let all = [Self::Open, Self::Done, Self::Refused, Self::Void];
        let found = all.into_iter().find(|state| state.as_str() == text);
        found.ok_or_else(|| unreadable("state"))
    }
}

/// A command that is about to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewIntent {
    /// Who sends it.
    pub principal: String,
    /// What they call it; once for ever.
    pub client_order_id: String,
    /// The operation.
    pub operation: String,
    /// The account, as `broker/account`.
    pub account: String,
    /// A digest of operation and arguments.
    pub digest: String,
    /// What it moves, in the currency of the caller's limits, where that is known.
    pub notional: Option<Decimal>,
}

/// What a caller may send in some time, looked at in the same step in which the command is written
/// down, so that two that fit alone and not together do not both pass.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Quota {
    /// Most orders and changes in any minute.
    pub per_minute: Option<u32>,
    /// Most money in a day of the calendar, UTC.
    pub per_day: Option<Decimal>,
    /// Most orders that work at once in an account.
    pub open: Option<OpenOrders>,
}

/// A command that was written down.
#[derive(Debug, Clone, PartialEq)]
pub struct Intent {
    /// What was written down before it was sent.
    pub new: NewIntent,
    /// How far it is.
    pub state: IntentState,
    /// What was answered, once it is known.
    pub outcome: Option<Value>,
    /// When it was written down, UTC.
    pub begun_at: DateTime<Utc>,
    /// Whether this opening of the file wrote it down; otherwise another process, or a former one.
    pub ours: bool,
}

/// What came of writing a command down.
#[derive(Debug, Clone, PartialEq)]
pub enum Begun {
    /// It is on the disk: send it.
    New,
    /// It has been there; nothing was written.
    Known(Box<Intent>),
    /// Another command in the account has one of its names. Nothing was written.
    Taken {
        /// The name.
        name: String,
    },
    /// The caller has sent so many in the last minute. Nothing was written.
    TooMany {
        /// How long until one more fits.
        wait: TimeDelta,
    },
    /// It would be too much for one day. Nothing was written.
    TooMuch {
        /// What was sent today.
        spent: Decimal,
    },
    /// So many orders of the caller work already. Nothing was written.
    TooManyOpen {
        /// How many.
        open: usize,
    },
}

type Columns = (
    String,
    String,
    String,
    Option<String>,
    String,
    i64,
    String,
    Option<String>,
);

fn get(
    connection: &Connection,
    run: &str,
    principal: &str,
    client_order_id: &str,
) -> Result<Option<Intent>> {
    let found: Option<Columns> = connection
        .query_row(
            "SELECT operation, account, digest, notional, owner, begun_at, state, outcome
             FROM intents WHERE principal = ?1 AND client_order_id = ?2",
            [principal, client_order_id],
            |row| {
                Ok((
                    row.get(0)?,
                    row.get(1)?,
                    row.get(2)?,
                    row.get(3)?,
                    row.get(4)?,
                    row.get(5)?,
                    row.get(6)?,
                    row.get(7)?,
                ))
            },
        )
        .optional()
        .map_err(failed)?;
    let Some((operation, account, digest, notional, owner, begun_at, state, outcome)) = found
    else {
        return Ok(None);
    };
    let outcome = outcome.map(|outcome| serde_json::from_str(&outcome));
    Ok(Some(Intent {
        new: NewIntent {
            principal: principal.to_owned(),
            client_order_id: client_order_id.to_owned(),
            operation,
            account,
            digest,
            notional: notional.as_deref().map(number).transpose()?,
        },
        state: state.parse()?,
        outcome: outcome.transpose().map_err(|_| unreadable("answer"))?,
        begun_at: time(begun_at)?,
        ours: owner == run,
    }))
}

fn number(text: &str) -> Result<Decimal> {
    Decimal::from_str_exact(text).map_err(|_| unreadable("number"))
}

/// How long a caller has to wait until it has sent fewer than `most` in the last minute.
fn wait(
    transaction: &Transaction<'_>,
    principal: &str,
    most: u32,
    now: DateTime<Utc>,
) -> Result<Option<TimeDelta>> {
    let minute = TimeDelta::minutes(1);
    // The one that has to be more than a minute ago, if there are so many.
    let Some(skip) = most.checked_sub(1) else {
        return Ok(Some(minute));
    };
    let nth: Option<i64> = transaction
        .query_row(
            "SELECT begun_at FROM intents WHERE principal = ?1 AND begun_at > ?2
             ORDER BY begun_at DESC LIMIT 1 OFFSET ?3",
            params![principal, millis(now - minute), skip],
            |row| row.get(0),
        )
        .optional()
        .map_err(failed)?;
    nth.map(|at| Ok(time(at)? + minute - now)).transpose()
}

/// What a caller has sent today.
fn spent(transaction: &Transaction<'_>, principal: &str, now: DateTime<Utc>) -> Result<Decimal> {
    let day = now.with_time(NaiveTime::MIN).single().unwrap_or(now);
    let mut statement = transaction
        .prepare_cached(
            "SELECT notional FROM intents
             WHERE principal = ?1 AND begun_at >= ?2 AND state IN ('open', 'done')
               AND notional IS NOT NULL",
        )
        .map_err(failed)?;
    let rows = statement
        .query_map(params![principal, millis(day)], |row| {
            row.get::<_, String>(0)
        })
        .map_err(failed)?;
    let mut spent = Decimal::ZERO;
    for row in rows {
        spent = spent.saturating_add(number(&row.map_err(failed)?)?);
    }
    Ok(spent)
}

impl Store {
    /// Writes a command down before it is sent. What is answered is on the disk.
    ///
    /// `names` are those under which the broker will know the orders that come of it: they are bound to
    /// this command in this account for ever, so that no other caller is ever answered with its orders. A
    /// change of an order makes no new name.
    ///
    /// # Errors
    /// When the file cannot be written: the command must not be sent then.
    pub async fn begin(
        &self,
        new: NewIntent,
        names: &[String],
        quota: &Quota,
        now: DateTime<Utc>,
    ) -> Result<Begun> {
        let (names, quota) = (names.to_vec(), quota.clone());
        let run = self.run.to_string();
        self.write(move |transaction| {
            if let Some(name) = order_names::others(transaction, &new, &names)? {
                return Ok(Begun::Taken { name });
            }
            let known = get(transaction, &run, &new.principal, &new.client_order_id)?;
            if let Some(known) = known
                && !(known.state == IntentState::Void && known.new.digest == new.digest)
            {
                return Ok(Begun::Known(Box::new(known)));
            }
            if let Some(most) = quota.per_minute
                && let Some(wait) = wait(transaction, &new.principal, most, now)?
            {
                return Ok(Begun::TooMany { wait });
            }
            if let (Some(most), Some(amount)) = (quota.per_day, new.notional) {
                let spent = spent(transaction, &new.principal, now)?;
                if spent.saturating_add(amount) > most {
                    return Ok(Begun::TooMuch { spent });
                }
            }
            if let Some(orders) = &quota.open {
                let open = open(transaction, &new.principal, &new.account, orders)?;
                if usize::try_from(orders.most).is_ok_and(|most| open >= most) {
                    return Ok(Begun::TooManyOpen { open });
                }
            }
            transaction
                .execute(
                    "INSERT OR REPLACE INTO intents
                     (principal, client_order_id, operation, account, digest, notional, owner, begun_at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                    params![
                        new.principal,
                        new.client_order_id,
                        new.operation,
                        new.account,
                        new.digest,
                        new.notional.map(|notional| notional.to_string()),
                        run,
                        millis(now),
                    ],
                )
                .map_err(failed)?;
            order_names::bind(transaction, &new, &names)?;
            Ok(Begun::New)
        })
        .await
    }

    /// Writes down what became of a command.
    ///
    /// # Errors
    /// When the file cannot be written; the command stays open, and only the broker can tell.
    /// [`NotFound`](ErrorKind::NotFound) for one that was never written down.
    pub async fn end(
        &self,
        principal: &str,
        client_order_id: &str,
        state: IntentState,
        outcome: Value,
    ) -> Result<()> {
        let (principal, id) = (principal.to_owned(), client_order_id.to_owned());
        self.write(move |transaction| {
            let changed = transaction.execute(
                "UPDATE intents SET state = ?3, outcome = ?4
                 WHERE principal = ?1 AND client_order_id = ?2 AND state = 'open'",
                params![principal, id, state.as_str(), outcome.to_string()],
            );
            if changed.map_err(failed)? == 1 {
                return Ok(());
            }
            let message = format!("no command {id} is open");
            Err(Error::new(ErrorKind::NotFound, message))
        })
        .await
    }

    /// A command by who sent it and what they called it.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn intent(&self, principal: &str, client_order_id: &str) -> Result<Option<Intent>> {
        let (principal, id) = (principal.to_owned(), client_order_id.to_owned());
        let run = self.run.to_string();
        self.read(move |connection| get(connection, &run, &principal, &id))
            .await
    }
}
