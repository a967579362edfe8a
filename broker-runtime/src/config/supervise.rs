use std::sync::Arc;

use broker_core::{Error, ErrorKind, Result, model::BrokerId};

use super::{Config, Connected, Kinds};
use crate::supervisor::{Connection, Session, Supervisor};

impl Config {
    /// A supervisor over the accounts that were connected, with the times that are configured. It
    /// watches nothing yet.
    #[must_use]
    pub fn supervisor(&self, connected: &Connected) -> Supervisor {
        Supervisor::over(connected.registry.clone(), self.supervisor.timing())
    }

    /// The session of a broker that was connected, to be watched. When it is dead, a new one is made as
    /// the first one was: by the same kind and settings, with secrets read anew, over the same journal,
    /// under the same limits, and with what is left of its budgets.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) when it was not connected.
    pub fn session(
        &self,
        broker: &BrokerId,
        kinds: &Kinds,
        connected: &Connected,
    ) -> Result<Session> {
        let standing = connected.brokers.get(broker).cloned().ok_or_else(|| {
            let message = format!("broker `{broker}` is not connected");
            Error::new(ErrorKind::NotFound, message)
        })?;
        // One holder at a time has a journal open, and that is the first session until the end.
        let journal = standing.journal.as_ref();
        let journal = journal.map(|journal| Arc::clone(journal.store()));
        let (config, kinds, id) = (Arc::new(self.clone()), kinds.clone(), broker.clone());
        // Without the brokers: a new session must not keep the old ones.
        let mut parts = connected.clone();
        parts.brokers.clear();
        let session = Session::of(standing);
        Ok(session.rebuilt_by(move || {
            let (config, kinds, id) = (Arc::clone(&config), kinds.clone(), id.clone());
            let (parts, journal) = (parts.clone(), journal.clone());
            async move {
                let made = config.connect_one(&id, &kinds, &parts, journal).await?;
                Ok(Connection::from(made))
            }
        }))
    }
}
