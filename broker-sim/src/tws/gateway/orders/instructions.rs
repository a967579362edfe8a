//! What a client asks of an order beyond its terms: conditions, quantities, what it shows.

use broker_core::model::{
    AssetClass, Instrument, Mic, NewOrder, OrderType, Price, Quantity, TrailingOffset,
};
use rust_decimal::Decimal;

use super::{
    figures::{decimal, instant, nonzero},
    terms::{Refused, off_the_tick},
};
use crate::{
    exchange::{Adjustment, Condition, Conditions, Instructions, Test, WatchedPrice},
    tws::{
        gateway::turn::Turn,
        message::{Contract, Order, OrderCondition},
    },
};

impl Turn<'_> {
    /// Reads the instructions of an order with these terms.
    pub(super) fn instructions(
        &mut self,
        wire: &Order,
        terms: &NewOrder,
    ) -> Result<Instructions, Refused> {
        self.check_attributes(wire, terms)?;
        let good_after = match text(wire.good_after_time.as_ref()) {
            None => None,
            Some(text) => Some(instant(text).ok_or_else(bad_time)?),
        };
        let adjustment = adjustment(wire)?;
        if let Some(adjustment) = &adjustment {
            // Its prices are checked like those of an order of the type that it becomes.
            let mut adjusted = terms.clone();
            adjusted.order_type = adjustment.becomes.clone();
            self.check_held(&adjusted, &Instructions::default())?;
        }
        let minimum = wire
            .min_qty
            .filter(|minimum| *minimum > 0 && *minimum != i32::MAX)
            .and_then(|minimum| Quantity::new(Decimal::from(minimum)).ok());
        Ok(Instructions {
            hidden: wire.hidden == Some(true),
            all_or_none: wire.all_or_none == Some(true),
            minimum,
            good_after,
            conditions: self.conditions(wire)?,
            adjustment,
        })
    }

    /// What of these attributes does not suit the order, in TWS's words.
    fn check_attributes(&self, wire: &Order, terms: &NewOrder) -> Result<(), Refused> {
        if wire.block_order == Some(true) {
            let small = terms
                .quantity()
                .is_none_or(|quantity| quantity.get() < Decimal::from(50));
            return Err(if small {
                Refused::new(117, "The block order size must be at least 50.")
            } else {
                Refused::invalid("blockOrder is not available for this order")
            });
        }
        let more = terms
            .display_quantity
            .zip(terms.quantity())
            .is_some_and(|(shown, whole)| shown > whole);
        if more {
            let text = "Display size should be smaller than the order size.";
            return Err(Refused::new(10020, text));
        }
        if decimal(wire.discretionary_amt).is_some_and(|amount| amount > Decimal::ZERO) {
            let text = "Discretionary orders are not supported for this combination of exchange and order type.";
            return Err(Refused::new(325, text));
        }
        Ok(())
    }

    fn conditions(&mut self, wire: &Order) -> Result<Option<Conditions>, Refused> {
        if wire.conditions.is_empty() {
            return Ok(None);
        }
        let mut all = Vec::new();
        for written in &wire.conditions {
            all.push(Condition {
                test: self.test(written)?,
                and_next: written.is_conjunction_connection == Some(true),
            });
        }
        // What follows the last one is nothing, whatever it says.
        if let Some(last) = all.last_mut() {
            last.and_next = false;
        }
        Ok(Some(Conditions {
            all,
            cancels: wire.conditions_cancel_order == Some(true),
            outside_regular_hours: wire.conditions_ignore_rth == Some(true),
        }))
    }

    fn test(&mut self, written: &OrderCondition) -> Result<Test, Refused> {
        let above = written.is_more == Some(true);
        Ok(match written.kind {
            Some(1) => Test::Price {
                instrument: self.condition_contract(written)?,
                of: watched_price(written.trigger_method.unwrap_or(0))?,
                above,
                level: decimal(written.price)
                    .ok_or_else(incomplete)
                    .and_then(|level| Price::new(level).map_err(|_| off_the_tick()))?,
            },
            Some(3) => Test::Time {
                after: above,
                at: text(written.time.as_ref())
                    .and_then(instant)
                    .ok_or_else(bad_time)?,
            },
            Some(4) => Test::Margin {
                above,
                percent: Decimal::from(written.percent.unwrap_or(0)),
            },
            Some(5) => execution(written)?,
            Some(6) => Test::Volume {
                instrument: self.condition_contract(written)?,
                above,
                units: Decimal::from(written.volume.unwrap_or(0)),
            },
            Some(7) => Test::Change {
                instrument: self.condition_contract(written)?,
                above,
                percent: decimal(written.change_percent).ok_or_else(incomplete)?,
            },
            other => {
                let kind = other.unwrap_or_default();
                return Err(Refused::invalid(format!("Invalid condition type: {kind}")));
            }
        })
    }

    /// What a condition watches.
    fn condition_contract(&mut self, written: &OrderCondition) -> Result<Instrument, Refused> {
        let named = written.con_id.filter(|id| *id > 0 && *id != i32::MAX);
        let contract = Contract {
            con_id: Some(named.ok_or_else(incomplete)?),
            exchange: written.exchange.clone(),
            ..Contract::default()
        };
        self.instrument(&contract)
    }
}

fn text(value: Option<&String>) -> Option<&str> {
    value.map(String::as_str).filter(|text| !text.is_empty())
}

fn bad_time() -> Refused {
    Refused::new(391, "The date, time, or time-zone entered is invalid.")
}

fn incomplete() -> Refused {
    Refused::new(147, "The conditional contract info is incomplete.")
}

/// The price that a trigger method looks at. The double methods want two prices in a row from
/// exchanges that this one is not connected to.
fn watched_price(method: i32) -> Result<WatchedPrice, Refused> {
    match method {
        0 | 2 => Ok(WatchedPrice::Last),
        4 => Ok(WatchedPrice::BidAsk),
        7 => Ok(WatchedPrice::LastOrBidAsk),
        8 => Ok(WatchedPrice::Middle),
        _ => Err(Refused::new(146, "Invalid trigger method.")),
    }
}

/// A trade in a symbol; of the exchanges only the smart one has trades of all.
fn execution(written: &OrderCondition) -> Result<Test, Refused> {
    let symbol = text(written.symbol.as_ref()).ok_or_else(incomplete)?;
    let class = match text(written.sec_type.as_ref()) {
        Some("STK") => AssetClass::Equity,
        Some("OPT") => AssetClass::Option,
        Some("FUT") => AssetClass::Future,
        Some("CASH") => AssetClass::Forex,
        Some("CRYPTO") => AssetClass::Crypto,
        _ => return Err(incomplete()),
    };
    let exchange = match text(written.exchange.as_ref()) {
        None | Some("SMART" | "*") => None,
        Some("NASDAQ" | "ISLAND") => Some(Mic::XNAS),
        Some("NYSE") => Some(Mic::XNYS),
        Some("ARCA") => Some(Mic::ARCX),
        Some("CBOE") => Some(Mic::XCBO),
        Some("CME" | "GLOBEX") => Some(Mic::XCME),
        Some("SEHK") => Some(Mic::XHKG),
        // Of these classes there is one exchange each.
        Some("IDEALPRO") if class == AssetClass::Forex => None,
        Some("PAXOS") if class == AssetClass::Crypto => None,
        Some(_) => return Err(incomplete()),
    };
    Ok(Test::Execution {
        symbol: symbol.to_owned(),
        class,
        exchange,
    })
}

/// What a stop becomes, and when.
fn adjustment(wire: &Order) -> Result<Option<Adjustment>, Refused> {
    let Some(word) = text(wire.adjusted_order_type.as_ref()).filter(|word| *word != "None") else {
        return Ok(None);
    };
    let price = |value, code, what: &str| {
        nonzero(value)
            .and_then(|value| Price::new(value).ok())
            .ok_or_else(|| Refused::new(code, format!("Invalid {what}.")))
    };
    let stop = price(wire.adjusted_stop_price, 362, "adjusted stop price");
    let becomes = match word {
        "STP" => OrderType::Stop { trigger: stop? },
        "STP LMT" => OrderType::StopLimit {
            trigger: stop?,
            price: price(
                wire.adjusted_stop_limit_price,
                363,
                "adjusted stop limit price",
            )?,
        },
        "TRAIL" => OrderType::TrailingStop {
            trigger: Some(stop?),
            offset: trailing(wire)?,
        },
        _ => return Err(Refused::new(387, "Unsupported adjusted order type.")),
    };
    Ok(Some(Adjustment {
        trigger: price(wire.trigger_price, 361, "trigger price")?,
        becomes,
    }))
}

/// How far an adjusted stop follows: an amount, or percent.
fn trailing(wire: &Order) -> Result<TrailingOffset, Refused> {
    let invalid = || Refused::new(364, "Invalid adjusted trailing amount.");
    let amount = nonzero(wire.adjusted_trailing_amount).ok_or_else(invalid)?;
    match wire.adjustable_trailing_unit.unwrap_or(0) {
        0 | i32::MAX => Ok(TrailingOffset::Amount(amount)),
        100 => Ok(TrailingOffset::Percent(amount)),
        _ => Err(invalid()),
    }
}
