//! What clients ask about orders and executions.

use broker_core::model::{Fill, Price};
use chrono::{DateTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::US::Eastern;
use rust_decimal::Decimal;

use super::{
    figures::{instant, quantity, written as time_text},
    record::Record,
    terms::Refused,
    written::{self, Moment},
};
use crate::{
    exchange::{End, Place},
    tws::{
        gateway::turn::Turn,
        message::{
            AutoOpenOrdersRequest, CompletedOrder, CompletedOrdersEnd, CompletedOrdersRequest,
            ExecutionDetailsEnd, ExecutionFilter, ExecutionRequest, OpenOrdersEnd, OrderState,
            Reply,
        },
    },
};

impl Turn<'_> {
    /// A question is answered with all there is: what a fault kept silent about is told now.
    fn begin_answer(&mut self) {
        self.take_stock();
        self.state.flush_reversed();
        for record in self.state.orders.records.values_mut() {
            if record.muted == Some(self.from) {
                record.muted = None;
            }
        }
    }

    /// The client's own open orders; client 0 also gets those of TWS, which it is bound to.
    pub(in crate::tws::gateway) fn open_orders(&mut self) {
        if self.is_read_only(-1) {
            return;
        }
        self.begin_answer();
        let client = self.client_id();
        if client == 0 {
            self.bind_manual();
        }
        self.answer_open(|record| record.client_id == client && record.order_id != 0);
    }

    /// Everyone's open orders; none is bound.
    pub(in crate::tws::gateway) fn all_open_orders(&mut self) {
        if self.is_read_only(-1) {
            return;
        }
        self.begin_answer();
        self.answer_open(|_| true);
    }

    fn answer_open(&mut self, wanted: impl Fn(&Record) -> bool) {
        let records = self.state.orders.open();
        let open: Vec<(i64, Option<u64>)> = records
            .filter(|record| wanted(record) && record.is_open(self.exchange))
            .map(|record| (record.perm_id, record.key))
            .collect();
        for (perm, key) in open {
            let moment = match key.and_then(|key| self.exchange.order(key)) {
                Some(order) => Moment::now(order),
                None => match self.state.orders.records.get(&perm) {
                    Some(record) => Moment::untransmitted(record),
                    None => continue,
                },
            };
            for reply in self.state.pair(perm, &moment, self.exchange) {
                self.reply(&reply);
            }
        }
        self.reply(&Reply::OpenOrdersEnd(OpenOrdersEnd {}));
    }

    fn bind_manual(&mut self) {
        let unbound: Vec<i64> = self
            .state
            .orders
            .open()
            .filter(|record| record.manual && record.order_id == 0 && record.is_open(self.exchange))
            .map(|record| record.perm_id)
            .collect();
        for perm in unbound {
            self.state.bind(perm);
        }
    }

    /// Binds TWS's own orders to client 0 from now on.
    pub(in crate::tws::gateway) fn auto_open_orders(&mut self, request: &AutoOpenOrdersRequest) {
        if self.is_read_only(-1) {
            return;
        }
        if self.client_id() != 0 {
            let refused = Refused::invalid("Only the default client (i.e 0) can auto bind orders");
            return self.error(-1, refused.code, refused.text);
        }
        self.take_stock();
        let binds = request.auto_bind == Some(true);
        if let Some(client) = self.client() {
            client.binds_orders = binds;
        }
    }

    /// Orders that have ended, with what was left unfilled as their quantity (dossier §3.7, 9). Their
    /// ids reach protobuf clients only: text has no fields for them.
    pub(in crate::tws::gateway) fn completed_orders(&mut self, request: &CompletedOrdersRequest) {
        if self.is_read_only(-1) {
            return;
        }
        self.begin_answer();
        let api_only = request.api_only == Some(true);
        let records = self.state.orders.records.values();
        let completed: Vec<CompletedOrder> = records
            .filter(|record| !(api_only && record.manual))
            .filter_map(|record| self.completed(record))
            .collect();
        for order in completed {
            self.reply(&Reply::CompletedOrder(order));
        }
        self.reply(&Reply::CompletedOrdersEnd(CompletedOrdersEnd {}));
    }

    fn completed(&self, record: &Record) -> Option<CompletedOrder> {
        let (moment, at, words) = match record.key {
            None => {
                let at = record.dropped_at?;
                let words = "Cancelled by Trader".to_owned();
                (Moment::untransmitted(record), at, words)
            }
            Some(key) => {
                let order = self.exchange.order(key).filter(|order| !order.is_open())?;
                let words = match (order.place, &order.reason) {
                    (Place::Ended(End::Filled), _) => {
                        format!("Filled Size: {}", quantity(order.filled))
                    }
                    (Place::Ended(End::Expired), _) => "Cancelled by System".to_owned(),
                    (_, Some(reason)) => format!("Cancelled: {}", reason.text),
                    (_, None) => "Cancelled by Trader".to_owned(),
                };
                (Moment::now(order), order.updated_at, words)
            }
        };
        let day = |at: DateTime<Utc>| at.with_timezone(&Eastern).date_naive();
        if self.state.habits.completed_orders_of_today && day(at) != day(self.now()) {
            return None;
        }
        let mut order = written::order(record, None);
        order.total_quantity = Some(quantity(moment.total - moment.filled));
        order.filled_quantity = Some(quantity(moment.filled));
        let parent = record
            .parent
            .and_then(|perm| self.state.orders.records.get(&perm));
        order.parent_perm_id = parent.map(|parent| parent.perm_id);
        Some(CompletedOrder {
            contract: Some(record.contract.clone()),
            order: Some(order),
            order_state: Some(OrderState {
                status: Some(moment.status.word().into()),
                completed_time: Some(time_text(at)),
                completed_status: Some(words),
                ..OrderState::default()
            }),
        })
    }

    /// Executions of all clients with what they cost: those of today unless more days are asked.
    pub(in crate::tws::gateway) fn executions(&mut self, request: &ExecutionRequest) {
        let id = request.req_id.unwrap_or(-1);
        let filter = request.execution_filter.clone().unwrap_or_default();
        let Some(window) = Window::of(&filter, self.now()) else {
            let refused = Refused::invalid("Invalid date or time");
            return self.error(id, refused.code, refused.text);
        };
        self.begin_answer();
        let mut fills: Vec<Fill> = Vec::new();
        for account in &self.state.accounts {
            let wanted = filter.acct_code.as_deref().filter(|code| !code.is_empty());
            if wanted.is_none_or(|code| code == account.as_str()) {
                fills.extend(self.exchange.fills(account));
            }
        }
        fills.sort_by(|a, b| {
            (a.executed_at, &a.execution_id).cmp(&(b.executed_at, &b.execution_id))
        });
        for fill in fills.iter().filter(|fill| window.holds(fill.executed_at)) {
            self.answer_execution(id, fill, &filter);
        }
        self.reply(&Reply::ExecutionDetailsEnd(ExecutionDetailsEnd {
            req_id: Some(id),
        }));
    }

    fn answer_execution(&mut self, id: i32, fill: &Fill, filter: &ExecutionFilter) {
        let key = fill.broker_order_id.as_ref();
        let key = key.and_then(|name| name.as_str().parse::<u64>().ok());
        let record = key
            .and_then(|key| self.state.orders.by_key(key))
            .and_then(|perm| self.state.orders.records.get(&perm));
        let (Some(record), Some(key)) = (record, key) else {
            return;
        };
        let figures = self.figures_at(key, fill);
        let details = written::execution(record, &record.contract, fill, figures, id);
        if !passes(&details, filter, record) {
            return;
        }
        self.reply(&Reply::ExecutionDetails(details));
        if let Some(report) = written::commission(fill) {
            self.reply(&Reply::CommissionReport(report));
        }
    }

    /// What had been filled, and at what average, after one fill of an order.
    fn figures_at(&self, key: u64, fill: &Fill) -> (Decimal, Option<Decimal>) {
        let (mut units, mut notional) = (Decimal::ZERO, Decimal::ZERO);
        for earlier in self.exchange.fills_of(key) {
            units += earlier.quantity.get();
            notional += earlier.price.get() * earlier.quantity.get();
            if earlier.execution_id == fill.execution_id {
                break;
            }
        }
        let average = notional.checked_div(units).map(|average| {
            Price::new(average.round_dp(broker_core::model::MAX_SCALE))
                .map_or(fill.price.get(), Price::get)
        });
        (units, average)
    }
}

fn passes(
    details: &crate::tws::message::ExecutionDetails,
    filter: &ExecutionFilter,
    record: &Record,
) -> bool {
    let same = |wanted: &Option<String>, is: Option<&String>| {
        let wanted = wanted.as_deref().filter(|text| !text.is_empty());
        wanted.is_none_or(|wanted| is.is_some_and(|is| is == wanted))
    };
    let (Some(contract), Some(execution)) = (&details.contract, &details.execution) else {
        return false;
    };
    let side = match filter.side.as_deref() {
        Some("BUY" | "BOT") => execution.side.as_deref() == Some("BOT"),
        Some("SELL" | "SSHORT" | "SLD") => execution.side.as_deref() == Some("SLD"),
        _ => true,
    };
    filter
        .client_id
        .is_none_or(|client| client == 0 || client == record.client_id)
        && same(&filter.symbol, contract.symbol.as_ref())
        && same(&filter.sec_type, contract.sec_type.as_ref())
        && (same(&filter.exchange, execution.exchange.as_ref())
            || same(&filter.exchange, contract.exchange.as_ref()))
        && side
}

/// The days of which executions are asked, as TWS counts days: by New York's clock.
#[derive(Debug)]
struct Window {
    from: DateTime<Utc>,
    dates: Vec<i32>,
}

impl Window {
    fn of(filter: &ExecutionFilter, now: DateTime<Utc>) -> Option<Self> {
        let days = filter
            .last_n_days
            .filter(|days| *days > 0 && *days != i32::MAX)
            .unwrap_or(1);
        let today = now.with_timezone(&Eastern).date_naive();
        let first = today - TimeDelta::days(i64::from(days.min(7)) - 1);
        let midnight = first.and_hms_opt(0, 0, 0)?;
        let mut from = Eastern.from_local_datetime(&midnight).earliest()?.to_utc();
        if !filter.specific_dates.is_empty() {
            // The dates say it all.
            from = DateTime::<Utc>::MIN_UTC;
        }
        if let Some(text) = filter.time.as_deref().filter(|text| !text.is_empty()) {
            from = from.max(instant(text)?);
        }
        Some(Self {
            from,
            dates: filter.specific_dates.clone(),
        })
    }

    fn holds(&self, at: DateTime<Utc>) -> bool {
        let local = at.with_timezone(&Eastern);
        let date = local.format("%Y%m%d").to_string().parse::<i32>();
        at >= self.from
            && (self.dates.is_empty() || date.is_ok_and(|date| self.dates.contains(&date)))
    }
}
