use std::sync::Arc;

use broker_core::{
    event::{Event, EventBody, EventReader, SequenceCheck},
    model::{ClientOrderId, Order},
    order_state::OrderWarning,
};

use super::outcome::{Verdict, ensure, fail};

/// A reader whose events are all checked for their order.
pub(super) struct Watch {
    reader: EventReader,
    check: SequenceCheck,
    pub(super) events: Vec<Arc<Event>>,
}

impl Watch {
    pub(super) fn new(reader: EventReader) -> Self {
        Self {
            reader,
            check: SequenceCheck::default(),
            events: Vec::new(),
        }
    }

    /// Reads what there is; a broken rule is a failure.
    pub(super) fn read(&mut self) -> Verdict {
        while let Some(event) = self.reader.try_next() {
            if let Err(fault) = self.check.observe(&event) {
                fail!("events out of order: {fault}");
            }
            self.events.push(event);
        }
        Ok(())
    }

    /// Reads what there is and makes sure that the reader ends up with a whole picture.
    pub(super) fn read_whole(&mut self) -> Verdict {
        self.read()?;
        ensure!(
            self.check.is_whole(),
            "no snapshot has come since the last gap or the start"
        );
        Ok(())
    }

    /// What happened to an order, in order.
    pub(super) fn of_order(
        &self,
        id: &ClientOrderId,
    ) -> impl Iterator<Item = (&Arc<Order>, Option<&OrderWarning>)> {
        self.events
            .iter()
            .filter_map(move |event| match &event.body {
                EventBody::Execution { order, warning, .. } if order.client_order_id() == id => {
                    Some((order, warning.as_ref()))
                }
                _ => None,
            })
    }

    /// Whether the broker's code and words came, about an order or alone.
    pub(super) fn heard(&self, code: &str, text: &str) -> bool {
        self.events.iter().any(|event| {
            let words = match &event.body {
                EventBody::Execution { report, .. } => report.reason.as_ref(),
                EventBody::Notice { notice } => Some(&notice.message),
                _ => None,
            };
            words.is_some_and(|words| words.code.as_deref() == Some(code) && &*words.text == text)
        })
    }

    /// Where the first event stands that passes.
    pub(super) fn index(&self, passes: impl Fn(&EventBody) -> bool) -> Option<usize> {
        self.events.iter().position(|event| passes(&event.body))
    }
}
