use core::fmt::Write as _;

use rust_decimal::Decimal;

use crate::tws::{
    gateway::{client::Client, contracts::double},
    message::{Reply, TickGeneric, TickPrice, TickSize, TickString},
};

/// Writes ticks with messages that are used again and again, so that a tick costs no allocation.
#[derive(Debug)]
pub(super) struct Pen {
    with_size: Reply,
    bare: Reply,
    size: Reply,
}

impl Default for Pen {
    fn default() -> Self {
        let sized = TickPrice {
            size: Some(String::new()),
            ..TickPrice::default()
        };
        let size = TickSize {
            size: Some(String::new()),
            ..TickSize::default()
        };
        Self {
            with_size: Reply::TickPrice(sized),
            bare: Reply::TickPrice(TickPrice::default()),
            size: Reply::TickSize(size),
        }
    }
}

/// Attributes of a price tick.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Attributes {
    /// An order would be executed against it at once.
    pub(super) can_auto_execute: bool,
    /// It is from before the opening.
    pub(super) pre_open: bool,
}

impl Attributes {
    fn mask(self) -> i32 {
        i32::from(self.can_auto_execute) | (i32::from(self.pre_open) << 2)
    }
}

fn put(place: &mut Option<String>, size: Decimal) {
    let text = place.get_or_insert_default();
    text.clear();
    // Writing to a string cannot fail.
    let _ = write!(text, "{}", size.normalize());
}

impl Pen {
    /// A price with its size; −1 and 0 when there is none.
    pub(super) fn price_and_size(
        &mut self,
        client: &Client,
        (req_id, tick): (i32, i32),
        price: Option<Decimal>,
        size: Decimal,
        attributes: Attributes,
    ) {
        if let Reply::TickPrice(message) = &mut self.with_size {
            message.req_id = Some(req_id);
            message.tick_type = Some(tick);
            message.price = Some(price.map_or(-1.0, double));
            put(&mut message.size, size);
            message.attr_mask = Some(attributes.mask());
        }
        client.send(&self.with_size);
    }

    /// A price that has no size, such as the day's high.
    pub(super) fn price(&mut self, client: &Client, (req_id, tick): (i32, i32), price: Decimal) {
        if let Reply::TickPrice(message) = &mut self.bare {
            message.req_id = Some(req_id);
            message.tick_type = Some(tick);
            message.price = Some(double(price));
            message.attr_mask = Some(0);
        }
        client.send(&self.bare);
    }

    pub(super) fn size(&mut self, client: &Client, (req_id, tick): (i32, i32), size: Decimal) {
        if let Reply::TickSize(message) = &mut self.size {
            message.req_id = Some(req_id);
            message.tick_type = Some(tick);
            put(&mut message.size, size);
        }
        client.send(&self.size);
    }
}

pub(super) fn generic(client: &Client, (req_id, tick): (i32, i32), value: f64) {
    client.send(&Reply::TickGeneric(TickGeneric {
        req_id: Some(req_id),
        tick_type: Some(tick),
        value: Some(value),
    }));
}

pub(super) fn string(client: &Client, (req_id, tick): (i32, i32), value: String) {
    client.send(&Reply::TickString(TickString {
        req_id: Some(req_id),
        tick_type: Some(tick),
        value: Some(value),
    }));
}
