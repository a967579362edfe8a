//! What a request orders: the vendor's words and the exchange's terms.

use broker_core::model::{
    AccountId, Algo, AlgoStrategy, AssetClass, ClientOrderId, ContractDetails, Instrument, Money,
    NewOrder, OrderAmount, OrderType, Price, Quantity, Quote, Side, TimeInForce, TradingSession,
    TrailingOffset,
};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{
    refused::bad_request,
    words::{ORDER_TYPES, TIMES_IN_FORCE, Words, known},
};
use crate::{
    exchange::takes,
    tiger::gateway::{
        Complaint,
        contracts::names,
        number::number,
        parameters::{Parameters, missing, wrong},
    },
};

/// What an order is read with.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    pub(super) asked: Parameters<'a>,
    pub(super) account: &'a AccountId,
    pub(super) instrument: &'a Instrument,
    pub(super) details: &'a ContractDetails,
    /// The prices of now, for orders that take theirs from the market.
    pub(super) quote: &'a Quote,
}

/// A word that the vendor does not have there.
pub(super) fn unsupported(name: &str, word: &str) -> Complaint {
    Complaint::business(format!("{name} '{word}' is not supported"))
}

impl Reading<'_> {
    /// The terms of an order, and the words that they do not keep.
    pub(super) fn read(&self, name: ClientOrderId) -> Result<(NewOrder, Words), Complaint> {
        let word = self.asked.required_text("order_type")?;
        let word = known(&ORDER_TYPES, word).ok_or_else(|| unsupported("order_type", word))?;
        let side = self.side()?;
        let amount = self.amount()?;
        let (force_word, force) = self.time_in_force()?;
        let mut words = Words {
            order_type: word,
            time_in_force: force_word,
            combo_type: self.asked.text("combo_type")?.map(str::to_owned),
            ..Words::default()
        };
        let auction_only = self.asked.text("trading_session_type")? == Some("HK_AUC");
        let order_type = self.order_type(word, force, auction_only, &mut words)?;
        let mut terms = NewOrder::new(
            name,
            self.account.clone(),
            self.instrument.clone(),
            side,
            amount,
            order_type,
        )
        .with_time_in_force(force);
        if word == "ICEBERG" {
            terms = terms.with_display_quantity(self.display(&mut words)?);
        }
        let terms = self.with_session(terms, &mut words)?;
        Ok((terms, words))
    }

    fn side(&self) -> Result<Side, Complaint> {
        match self.asked.required_text("action")? {
            "BUY" => Ok(Side::Buy),
            "SELL" => Ok(Side::Sell),
            other => Err(unsupported("action", other)),
        }
    }

    fn amount(&self) -> Result<OrderAmount, Complaint> {
        let units = self.quantity()?;
        match (self.asked.decimal("cash_amount")?, units) {
            (Some(_), Some(_)) => Err(Complaint::business(
                "total_quantity and cash_amount cannot be used together",
            )),
            (None, None) => Err(missing("total_quantity")),
            (None, Some(units)) => Ok(OrderAmount::Quantity(units)),
            (Some(cash), None) => {
                if cash <= Decimal::ZERO {
                    return Err(wrong("cash_amount", "above zero"));
                }
                let currency = self.details.currency;
                Ok(OrderAmount::Cash(Money::new(cash, currency)))
            }
        }
    }

    /// The quantity: a whole number over a power of ten.
    pub(super) fn quantity(&self) -> Result<Option<Quantity>, Complaint> {
        let Some(units) = self.asked.integer("total_quantity")? else {
            return Ok(None);
        };
        let scale = self.asked.integer("total_quantity_scale")?.unwrap_or(0);
        let scale = u32::try_from(scale).ok();
        let value = scale.and_then(|scale| Decimal::try_new(units, scale).ok());
        let value = value.map(|value| value.normalize());
        let quantity = value.and_then(|value| Quantity::new(value).ok());
        quantity
            .map(Some)
            .ok_or_else(|| wrong("total_quantity", "a quantity above zero"))
    }

    fn price(&self, name: &str) -> Result<Price, Complaint> {
        let value = self.asked.decimal(name)?.ok_or_else(|| missing(name))?;
        self.valid(value)
    }

    /// A number as a price; what no price can be is finer than any increment, as sums of doubles are.
    pub(super) fn valid(&self, value: Decimal) -> Result<Price, Complaint> {
        Price::new(value).map_err(|_| {
            bad_request(
                self.account,
                "The price does not conform to the minimum price variation",
            )
        })
    }

    /// The limit; one between two increments is moved to one if that is tolerated.
    pub(super) fn limit(&self) -> Result<Price, Complaint> {
        let Some(tolerance) = self.asked.decimal("adjust_limit")? else {
            return self.price("limit_price");
        };
        let asked = self.asked.decimal("limit_price")?;
        let asked = asked.ok_or_else(|| missing("limit_price"))?;
        let near = self.valid(asked.round_dp(8))?;
        let increment = self.details.ticks.increment(near);
        let steps = asked / increment;
        let steps = if tolerance >= Decimal::ZERO {
            steps.ceil()
        } else {
            steps.floor()
        };
        let moved = steps * increment;
        if (moved - asked).abs() > (asked * tolerance).abs() {
            return self.price("limit_price");
        }
        self.valid(moved.normalize())
    }

    fn order_type(
        &self,
        word: &str,
        force: TimeInForce,
        auction_only: bool,
        words: &mut Words,
    ) -> Result<OrderType, Complaint> {
        let hong_kong = names::market(self.instrument) == "HK";
        let opening = force == TimeInForce::Opg;
        if matches!(word, "AM" | "AL") && !hong_kong {
            let text = "Auction orders are supported in the Hong Kong market only";
            return Err(bad_request(self.account, text));
        }
        Ok(match word {
            "MKT" if auction_only => OrderType::Auction,
            "LMT" if auction_only => OrderType::AuctionLimit {
                price: self.limit()?,
            },
            "MKT" => OrderType::Market,
            "LMT" => OrderType::Limit {
                price: self.limit()?,
            },
            "STP" => OrderType::Stop {
                trigger: self.price("aux_price")?,
            },
            "STP_LMT" => OrderType::StopLimit {
                trigger: self.price("aux_price")?,
                price: self.limit()?,
            },
            "TRAIL" => self.trail("trailing_percent", "aux_price")?,
            "AM" if opening => OrderType::MarketOnOpen,
            "AM" => OrderType::Auction,
            "AL" if opening => OrderType::LimitOnOpen {
                price: self.limit()?,
            },
            "AL" => OrderType::AuctionLimit {
                price: self.limit()?,
            },
            "TWAP" => OrderType::Algo(self.algo(AlgoStrategy::Twap, words)?),
            "VWAP" => OrderType::Algo(self.algo(AlgoStrategy::Vwap, words)?),
            "ICEBERG" => OrderType::Limit {
                price: self.iceberg_price()?,
            },
            other => return Err(unsupported("order_type", other)),
        })
    }

    /// A trailing stop by percent or amount.
    pub(super) fn trail(&self, percent: &str, amount: &str) -> Result<OrderType, Complaint> {
        let offset = match (self.asked.decimal(percent)?, self.asked.decimal(amount)?) {
            (Some(_), Some(_)) => {
                return Err(Complaint::business(format!(
                    "{percent} and {amount} cannot be used together"
                )));
            }
            (Some(percent), None) => TrailingOffset::Percent(percent),
            (None, Some(amount)) => TrailingOffset::Amount(amount),
            (None, None) => return Err(missing(amount)),
        };
        let trigger = self.asked.decimal("trail_stop_price")?;
        let trigger = trigger.map(|trigger| self.valid(trigger)).transpose()?;
        Ok(OrderType::TrailingStop { offset, trigger })
    }

    fn algo(&self, strategy: AlgoStrategy, words: &mut Words) -> Result<Algo, Complaint> {
        let mut algo = Algo::new(strategy);
        let list = self.asked.get("algo_params");
        if list.is_some_and(|list| !list.is_array()) {
            return Err(wrong("algo_params", "an array"));
        }
        for one in self.asked.objects("algo_params")? {
            let tag = one.required_text("tag")?;
            let (word, value) = match tag {
                "start_time" => {
                    algo.start = one.instant("value")?;
                    (
                        "startTime",
                        algo.start.map(|at| json!(at.timestamp_millis())),
                    )
                }
                "end_time" => {
                    algo.end = one.instant("value")?;
                    ("endTime", algo.end.map(|at| json!(at.timestamp_millis())))
                }
                "participation_rate" => {
                    algo.participation = one.decimal("value")?;
                    ("participationRate", algo.participation.map(number))
                }
                // How the algorithm behaves inside; the simulated ones know no such choice.
                "no_take_liq" => ("noTakeLiq", one.switch("value")?.map(Value::from)),
                "allow_past_end_time" => {
                    ("allowPastEndTime", one.switch("value")?.map(Value::from))
                }
                other => return Err(unsupported("algo_params", other)),
            };
            if let Some(value) = value {
                let written = json!({"tag": word, "value": value});
                words.algo_parameters.push(written);
            }
        }
        if self.asked.get("limit_price").is_some() {
            algo.price = Some(self.limit()?);
        }
        Ok(algo)
    }

    /// The limit of an iceberg order: named, or a price of the market of now.
    fn iceberg_price(&self) -> Result<Price, Complaint> {
        let shown = match self.asked.text("price_type")? {
            None | Some("LIMIT_PRICE") => return self.limit(),
            Some("ASK_PRICE") => self.quote.ask,
            Some("BID_PRICE") => self.quote.bid,
            Some("LATEST_PRICE") => self.quote.last,
            Some(other) => return Err(unsupported("price_type", other)),
        };
        shown.ok_or_else(|| bad_request(self.account, "There is no such price now"))
    }

    fn display(&self, words: &mut Words) -> Result<Quantity, Complaint> {
        let asked = self.asked;
        let size = asked.integer("display_size")?;
        let size = size.ok_or_else(|| missing("display_size"))?;
        if asked.instant("start_time")?.is_some() || asked.instant("end_time")?.is_some() {
            // Leaving the window out would be another order than the one that was asked for.
            let text = "A time window is not available for iceberg orders here";
            return Err(bad_request(self.account, text));
        }
        words.iceberg.push(("displaySize", size.into()));
        for (name, word) in [
            ("min_display_size", "minDisplaySize"),
            ("check_intervals", "checkIntervals"),
        ] {
            if let Some(value) = asked.integer(name)? {
                words.iceberg.push((word, value.into()));
            }
        }
        let price_type = asked.text("price_type")?.unwrap_or("LIMIT_PRICE");
        words.iceberg.push(("priceType", price_type.into()));
        Quantity::new(Decimal::from(size)).map_err(|_| wrong("display_size", "above zero"))
    }

    fn time_in_force(&self) -> Result<(&'static str, TimeInForce), Complaint> {
        self.force_of("time_in_force")
    }

    pub(super) fn force_of(&self, name: &str) -> Result<(&'static str, TimeInForce), Complaint> {
        let word = self.asked.text(name)?.unwrap_or("DAY");
        let word = known(&TIMES_IN_FORCE, word).ok_or_else(|| unsupported(name, word))?;
        let force = match word {
            "GTC" => TimeInForce::Gtc,
            "GTD" => {
                let until = self.asked.instant("expire_time")?;
                TimeInForce::Gtd(until.ok_or_else(|| missing("expire_time"))?)
            }
            "OPG" => TimeInForce::Opg,
            "IOC" => TimeInForce::Ioc,
            "FOK" => TimeInForce::Fok,
            _ => TimeInForce::Day,
        };
        Ok((word, force))
    }

    /// Whether an order could work before and after the regular session.
    pub(super) fn goes_outside(&self, terms: &NewOrder) -> bool {
        self.instrument.asset_class() == AssetClass::Equity
            && names::market(self.instrument) == "US"
            && takes(
                AssetClass::Equity,
                terms.order_type.kind(),
                terms.time_in_force.kind(),
                TradingSession::Extended,
            )
    }

    fn with_session(&self, terms: NewOrder, words: &mut Words) -> Result<NewOrder, Complaint> {
        let named = self.asked.text("trading_session_type")?;
        words.trading_session_type = named.map(str::to_owned);
        let wish = self.asked.switch("outside_rth")?;
        let hong_kong = names::market(self.instrument) == "HK";
        let session = match named {
            // Limit orders of US shares work outside the regular session unless that is denied; other
            // orders have the wish left out.
            None if wish != Some(false) && self.goes_outside(&terms) => TradingSession::Extended,
            None | Some("RTH") => TradingSession::Regular,
            Some("PRE_RTH_POST") => TradingSession::Extended,
            Some("OVERNIGHT") => TradingSession::Overnight,
            Some("FULL") => TradingSession::All,
            Some("HK_AUC" | "HK_AUC_CTS") if hong_kong => TradingSession::Regular,
            Some(word @ ("HK_AUC" | "HK_CTS" | "HK_AUC_CTS")) => {
                let text = format!("trading session {word} is not supported for this order");
                return Err(bad_request(self.account, text));
            }
            Some(other) => return Err(unsupported("trading_session_type", other)),
        };
        words.outside_rth = session == TradingSession::Extended;
        Ok(terms.with_session(session))
    }
}
