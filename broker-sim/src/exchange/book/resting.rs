//! An order in the book, as the book keeps it.

use super::list::Links;
use super::{BookOrder, BookPrice, BookQuantity, BookSide, OrderKey, RestingOrder};

#[derive(Debug, Clone)]
pub(super) struct Resting {
    pub(super) key: OrderKey,
    pub(super) limit: Option<BookPrice>,
    pub(super) leaves: BookQuantity,
    pub(super) displayed: BookQuantity,
    /// The most that is shown at a time: `BookQuantity::MAX` for an order that hides nothing, zero
    /// for one that hides all.
    pub(super) peak: BookQuantity,
    pub(super) owner: u32,
    pub(super) in_queue: Links,
    pub(super) of_owner: Links,
    pub(super) side: BookSide,
    pub(super) post_only: bool,
}

impl Resting {
    pub(super) fn new(order: &BookOrder, leaves: BookQuantity) -> Self {
        let peak = if order.hidden {
            BookQuantity::ZERO
        } else {
            order.display.unwrap_or(BookQuantity::MAX)
        };
        Self {
            key: order.key,
            limit: order.limit,
            leaves,
            displayed: peak.min(leaves),
            peak,
            owner: order.owner,
            in_queue: Links::ALONE,
            of_owner: Links::ALONE,
            side: order.side,
            post_only: order.post_only,
        }
    }

    pub(super) const fn is_hidden(&self) -> bool {
        self.peak.is_zero()
    }

    /// What can be traded with it before it has to queue again.
    pub(super) const fn available(&self) -> BookQuantity {
        if self.is_hidden() {
            self.leaves
        } else {
            self.displayed
        }
    }

    pub(super) fn view(&self) -> RestingOrder {
        RestingOrder {
            key: self.key,
            side: self.side,
            limit: self.limit,
            leaves: self.leaves,
            displayed: self.displayed,
            owner: self.owner,
        }
    }
}
