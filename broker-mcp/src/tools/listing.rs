//! What clients are shown, made once.

use std::sync::Arc;

use rmcp::model::{Tool, ToolAnnotations};

use crate::operation::{Effect, Operation, Table};

/// The operations as tools, in the order of their names.
#[derive(Debug)]
pub(super) struct Listing(Vec<(Operation, Tool)>);

impl Listing {
    pub(super) fn of(table: &Table) -> Self {
        Self(table.iter().map(|one| (one.clone(), tool(one))).collect())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Operation, &Tool)> {
        self.0.iter().map(|(operation, tool)| (operation, tool))
    }

    pub(super) fn get(&self, name: &str) -> Option<(&Operation, &Tool)> {
        let at = self.0.binary_search_by(|(one, _)| one.about.name.cmp(name));
        let (operation, tool) = self.0.get(at.ok()?)?;
        Some((operation, tool))
    }
}

fn tool(operation: &Operation) -> Tool {
    let about = &operation.about;
    Tool::new(about.name, about.summary, Arc::clone(&operation.input))
        .with_title(about.title)
        .with_raw_output_schema(Arc::clone(&operation.output))
        .with_annotations(hints(about.effect, about.open_world).titled(about.title))
}

/// All four hints, always: what is absent means the opposite of what one would think.
pub(super) fn hints(effect: Effect, open_world: bool) -> ToolAnnotations {
    let (read_only, destructive, idempotent) = match effect {
        Effect::Read => (true, false, true),
        Effect::Write {
            destructive,
            idempotent,
        } => (false, destructive, idempotent),
    };
    ToolAnnotations::new()
        .read_only(read_only)
        .destructive(destructive)
        .idempotent(idempotent)
        .open_world(open_world)
}

trait Titled {
    fn titled(self, title: &str) -> Self;
}

impl Titled for ToolAnnotations {
    fn titled(mut self, title: &str) -> Self {
        self.title = Some(title.to_owned());
        self
    }
}

impl super::BrokerTools {
    /// The names of other servers, where they are to be listed. They have no schema of answers: theirs
    /// had none either.
    pub(super) fn alias_tools(&self, visible: impl Fn(&str) -> bool) -> Vec<Tool> {
        let shown = self.aliases.shown().into_iter();
        let seen = shown.filter(|(_, alias)| alias.targets().iter().all(|one| visible(one)));
        seen.filter_map(|(name, alias)| {
            let first = alias.targets().first()?;
            let (operation, _) = self.listing.get(first)?;
            let about = &operation.about;
            let hints = hints(about.effect, about.open_world).titled(about.title);
            let summary = format!("As {first}, for clients that know it as {name}.");
            Some(Tool::new(name, summary, Arc::new(alias.input())).with_annotations(hints))
        })
        .collect()
    }
}
