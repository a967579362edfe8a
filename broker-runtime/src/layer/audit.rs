use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use broker_core::{
    Acknowledgement, Error, ErrorKind, Result,
    feed::FeedLine,
    model::{NewOrder, Subscription},
};
use chrono::Utc;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{Answer, Ask, Command, Confirmation, Layer, Next, Outgoing, Query};
use crate::{
    audit::{
        AuditHead, AuditHealth, Decision, Found, Remark, Row, Writer, WriterSettings, actor, search,
    },
    risk::RiskBreach,
};

/// Writes down who asked what of which account, what was decided, what became of it and how long it
/// took, refusals included; [`audit::verify`](crate::audit::verify) finds any change afterwards.
///
/// Rows are lines of JSON in files of a folder, each chained to the one before by a hash. Commands are
/// written, and questions where [`with_queries`](AuditBuilder::with_queries) says so. The fields of an
/// order that only its adapter knows are named without their values, and every word that was given to
/// [`hide`](AuditBuilder::hide) is left out.
#[derive(Debug)]
pub struct Audit {
    folder: PathBuf,
    writer: Writer,
    queries: bool,
}

/// Settings of an audit trail.
#[derive(Clone)]
#[must_use = "a trail begins when it is opened"]
pub struct AuditBuilder {
    settings: WriterSettings,
    queries: bool,
}

impl core::fmt::Debug for AuditBuilder {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("AuditBuilder")
            .field("folder", &self.settings.folder)
            .field("hidden", &self.settings.hidden.len())
            .finish_non_exhaustive()
    }
}

impl AuditBuilder {
    /// Leaves a secret out wherever it would stand, such as in the words of a broker.
    pub fn hide(mut self, secret: impl Into<String>) -> Self {
        self.settings.hidden.push(secret.into());
        self
    }

    /// Begins a new file when the present one has so many bytes; 64 MiB when not said.
    pub const fn rotate_at(mut self, bytes: u64) -> Self {
        self.settings.rotate_at = bytes;
        self
    }

    /// Writes questions down, too.
    pub const fn with_queries(mut self) -> Self {
        self.queries = true;
        self
    }

    /// Opens the trail, or begins it. What a crash has torn off is cut away, and a row says so.
    ///
    /// # Errors
    /// [`Io`](broker_core::ErrorKind::Io) when the folder cannot be read or written.
    pub fn open(self) -> Result<Arc<Audit>> {
        Ok(Arc::new(Audit {
            folder: self.settings.folder.clone(),
            writer: Writer::open(self.settings, Utc::now())?,
            queries: self.queries,
        }))
    }
}

impl Audit {
    /// A trail in a folder of its own.
    pub fn in_folder(folder: impl AsRef<Path>) -> AuditBuilder {
        AuditBuilder {
            settings: WriterSettings {
                folder: folder.as_ref().to_owned(),
                rotate_at: 64 << 20,
                hidden: Vec::new(),
            },
            queries: false,
        }
    }

    /// The end of the trail.
    #[must_use]
    pub fn head(&self) -> AuditHead {
        self.writer.head()
    }

    /// How it is doing.
    #[must_use]
    pub fn health(&self) -> AuditHealth {
        self.writer.health()
    }

    /// Waits until every row so far is on the disk.
    ///
    /// # Errors
    /// [`Io`](broker_core::ErrorKind::Io) when they cannot be written.
    pub async fn flush(&self) -> Result<()> {
        self.writer.flush().await
    }

    /// Looks for words in the newest rows, at most `limit` of them, and whether the rows that were looked
    /// at are as they were written.
    ///
    /// # Errors
    /// [`Io`](broker_core::ErrorKind::Io) when the trail cannot be read, or rows that wait not be written.
    pub async fn search(&self, text: &str, limit: usize) -> Result<Found> {
        self.flush().await?;
        // Kept by this process: whoever changes the folder does not change it.
        let (folder, text, head) = (self.folder.clone(), text.to_owned(), self.head());
        let searched = tokio::task::spawn_blocking(move || search(&folder, &head, &text, limit));
        let unread = |error: std::io::Error| {
            let message = format!("the audit trail cannot be read: {error}");
            Error::new(ErrorKind::Io, message).with_source(error)
        };
        let ended = |error| Error::new(ErrorKind::Internal, "interrupted").with_source(error);
        searched.await.map_err(ended)?.map_err(unread)
    }

    /// Writes down what a program above the layers has to say, such as that it refused a call.
    pub fn remark(&self, remark: Remark) {
        self.writer.write(remark.into());
    }

    fn begin(
        &self,
        next: Option<Next<'_>>,
        operation: &'static str,
        account: Option<String>,
        request: Value,
    ) -> Open<'_> {
        let broker = next.map_or_else(String::new, |next| next.broker().id().to_string());
        Open {
            audit: self,
            began: Instant::now(),
            row: Some(Row {
                at: Utc::now(),
                actor: actor(),
                broker,
                account,
                operation,
                request,
                decision: Decision::Dropped,
                outcome: Value::Null,
                latency_us: 0,
            }),
        }
    }
}

/// A row whose end is not known yet; written as dropped when nobody says.
struct Open<'a> {
    audit: &'a Audit,
    began: Instant,
    row: Option<Row>,
}

impl Open<'_> {
    fn end(mut self, decision: Decision, outcome: Value) {
        if let Some(row) = &mut self.row {
            row.decision = decision;
            row.outcome = outcome;
        }
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        if let Some(mut row) = self.row.take() {
            row.latency_us = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX);
            self.audit.writer.write(row);
        }
    }
}

/// An order without the values of fields that only its adapter knows: they may be anything.
fn order(order: &NewOrder) -> Value {
    let mut value = json!(order);
    if let Some(fields) = value.as_object_mut()
        && let Some(extensions) = fields.remove("extensions")
    {
        let names: Vec<String> = extensions
            .as_object()
            .map(|extensions| extensions.keys().cloned().collect())
            .unwrap_or_default();
        fields.insert("extensions".to_owned(), json!(names));
    }
    value
}

fn request(command: Command<'_>) -> Value {
    match command {
        Command::Submit(new) => order(new),
        Command::SubmitList(list) => {
            let orders: Vec<Value> = list
                .orders()
                .map(|(new, role)| json!({ "role": role, "order": order(new) }))
                .collect();
            json!({ "list": list.id(), "kind": list.contingency().kind(), "orders": orders })
        }
        Command::Replace(change) => json!(change),
        Command::Cancel(cancel) => json!(cancel),
        Command::CancelAll(_) => Value::Null,
        Command::Exercise(exercise) => json!(exercise),
    }
}

fn refusal(error: &Error) -> Value {
    let mut value = json!({ "kind": error.kind(), "message": error.message() });
    if let Some(fields) = value.as_object_mut() {
        if let Some(field) = error.field() {
            fields.insert("field".to_owned(), json!(field));
        }
        if let Some(broker) = error.broker() {
            fields.insert("broker".to_owned(), json!(broker));
        }
        if let Some(breach) = RiskBreach::of(error) {
            let rule = json!({ "rule": breach.rule.as_str(), "limit": breach.limit, "value": breach.value });
            fields.insert("risk".to_owned(), rule);
        }
    }
    value
}

impl Layer for Audit {
    async fn command<O: Outgoing>(&self, outgoing: O, next: Next<'_>) -> Result<O::Answer> {
        let command = outgoing.command();
        let account = command.account().to_string();
        let open = self.begin(
            Some(next),
            command.operation(),
            Some(account),
            request(command),
        );
        let answer = next.send(outgoing).await;
        match &answer {
            Ok(answer) => {
                let sure = answer.each().iter().all(Acknowledgement::is_accepted);
                let decision = if sure {
                    Decision::Accepted
                } else {
                    Decision::Unconfirmed
                };
                open.end(decision, json!(answer.each()));
            }
            Err(error) => open.end(Decision::Refused, refusal(error)),
        }
        answer
    }

    async fn read<A: Answer>(&self, query: Query<'_>, ask: Ask<'_, A>) -> Result<A> {
        if !self.queries {
            return ask.ask().await;
        }
        let account = query.account().map(ToString::to_string);
        let open = self.begin(None, query.operation(), account, Value::Null);
        let answer = ask.ask().await;
        match &answer {
            Ok(_) => open.end(Decision::Accepted, Value::Null),
            Err(error) => open.end(Decision::Refused, refusal(error)),
        }
        answer
    }

    async fn open_line(
        &self,
        subscription: &Subscription,
        open: BoxFuture<'_, Result<FeedLine>>,
    ) -> Result<FeedLine> {
        let _ = subscription;
        open.await
    }

    async fn close(&self, next: Next<'_>) -> Result<()> {
        let closed = next.broker().close().await;
        self.flush().await?;
        closed
    }
}
