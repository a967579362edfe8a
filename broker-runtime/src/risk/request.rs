//! What a command is about, in the terms of the limits.

use std::{collections::HashSet, sync::Arc};

use broker_core::{
    Decimal,
    event::Ledger,
    model::{ClientOrderId, Instrument, ListLink, NewOrder, Quantity},
};

use super::{
    book::{Working, parts},
    evaluate::Candidate,
};
use crate::layer::Command;

/// What a command is about, in the terms of the limits.
#[derive(Debug)]
pub(crate) struct Request {
    pub(super) candidates: Vec<Candidate>,
    /// Instruments that are traded otherwise than by an order.
    pub(super) instruments: Vec<Instrument>,
    /// Something is missing to say what it is about.
    pub(super) missing: Option<String>,
}

impl Request {
    /// What a command wants to do; `None` when it can only lessen.
    pub(crate) fn of(command: Command<'_>, ledger: &Ledger) -> Option<Self> {
        let mut request = Self {
            candidates: Vec::new(),
            instruments: Vec::new(),
            missing: None,
        };
        match command {
            Command::Cancel(_) | Command::CancelAll(_) => return None,
            Command::Submit(order) => request.candidates.push(new(order, None)),
            Command::SubmitList(list) => {
                let link = |role| ListLink {
                    list: list.id().clone(),
                    role,
                };
                let orders = list.orders();
                request.candidates = orders
                    .map(|(order, role)| new(order, Some(link(role))))
                    .collect();
            }
            Command::Replace(change) => {
                let known = ledger.order(&change.client_order_id);
                let next = known.as_ref().and_then(|order| {
                    let terms = change.apply_to(&order.terms).ok()?;
                    Some((terms, order))
                });
                match next {
                    Some((terms, order)) => {
                        let quantity = terms.quantity().map(Quantity::get);
                        request.candidates.push(Candidate {
                            id: change.client_order_id.clone(),
                            working: Working {
                                leaves: quantity
                                    .map(|all| all.saturating_sub(order.cumulative_quantity)),
                                terms: Arc::new(terms),
                                link: order.list.clone(),
                            },
                            change: true,
                        });
                    }
                    None => request.missing = Some("the order that is to be changed".to_owned()),
                }
            }
            Command::Exercise(exercise) => request.instruments.push(exercise.instrument.clone()),
        }
        Some(request)
    }

    /// The orders that are counted from the moment it passes.
    pub(crate) fn claimed(&self) -> Vec<ClientOrderId> {
        let candidates = self.candidates.iter();
        candidates.map(|candidate| candidate.id.clone()).collect()
    }

    /// Every instrument that it trades.
    pub(super) fn traded(&self) -> HashSet<Instrument> {
        let orders = self.candidates.iter().flat_map(|candidate| {
            let parts = parts(&candidate.working.terms, Decimal::ONE);
            parts.into_iter().map(|(instrument, _)| instrument.clone())
        });
        orders.chain(self.instruments.iter().cloned()).collect()
    }
}

fn new(order: &NewOrder, link: Option<ListLink>) -> Candidate {
    Candidate {
        id: order.client_order_id.clone(),
        working: Working {
            terms: Arc::new(order.clone()),
            leaves: order.quantity().map(Quantity::get),
            link,
        },
        change: false,
    }
}
