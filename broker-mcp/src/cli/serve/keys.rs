use std::sync::Arc;

use broker_core::SecretString;
use chrono::Utc;

use super::alarm::Told;
use crate::{
    Principal,
    auth::{Cost, KeyFile, KeyStore, MemoryKeys},
    cli::Failure,
    principal::Role,
    settings::{Place, Whole},
};

/// The keys of the server.
#[derive(Debug)]
pub(super) struct Keys {
    pub(super) store: Arc<dyn KeyStore>,
    /// Those that were made just now, to be shown once.
    pub(super) fresh: Vec<(&'static str, SecretString)>,
    /// What an attempt at one of them costs.
    pub(super) cost: Cost,
}

/// What keys cost that are never written to a disk: a hash protects those of a file that was stolen, and
/// whoever reads the memory of this program has the keys themselves. They are as long as all others, so
/// nobody tries them out; the dear hash would only make everybody wait at each start.
const UNWRITTEN: Cost = Cost::new(8, 1);

/// Opens the file of keys. Without a configuration keys are made that end with the program.
pub(super) fn open(whole: &Whole) -> Result<Keys, Failure> {
    if let Place::File(_) = whole.place {
        let alarm = Arc::new(Told::new(&whole.server.alerts.command));
        let file = KeyFile::open(whole.at(&whole.server.keys))?.with_alarm(alarm);
        return Ok(Keys {
            store: Arc::new(file),
            fresh: Vec::new(),
            cost: Cost::default(),
        });
    }
    let store = MemoryKeys::new();
    let mut fresh = Vec::new();
    let kinds: [(&'static str, &[Role]); 3] = [
        ("read", &[Role::Read]),
        ("trade", &[Role::Read, Role::Trade]),
        ("approve", &[Role::Read, Role::Approver]),
    ];
    for (name, roles) in kinds {
        let mut made = None;
        store.change(&mut |ring| {
            let mut principal = Principal::new(name, roles.iter().copied());
            principal.confirm = whole.server.confirm;
            principal.toolsets.clone_from(&whole.server.toolsets);
            made = Some(ring.issue(principal, Utc::now(), UNWRITTEN)?);
            Ok(())
        })?;
        fresh.extend(made.map(|issued| (name, issued.key)));
    }
    Ok(Keys {
        store: Arc::new(store),
        fresh,
        cost: UNWRITTEN,
    })
}
