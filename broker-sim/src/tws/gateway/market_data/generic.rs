//! Generic ticks: what a client may ask for beside the best prices.

use broker_core::model::{CorporateEvent, Instrument, Price, Quote, ResearchQuery, SessionKind};
use chrono::Months;
use rust_decimal::Decimal;

use super::{
    figures,
    pen::{self, Pen},
    quotes::QuoteLine,
};
use crate::{
    exchange::Exchange,
    tws::{
        gateway::{client::Client, turn::Turn},
        message::{Reply, TickNews},
    },
};

/// Every number that may be asked for, with TWS's word for it.
const LEGAL: &[(u16, &str)] = &[
    (100, "Option Volume"),
    (101, "Option Open Interest"),
    (104, "Historical Volatility"),
    (105, "Average Opt Volume"),
    (106, "impvolat"),
    (125, "Bond analytic data"),
    (162, "Index Future Premium"),
    (165, "Misc. Stats"),
    (166, "CScreen"),
    (220, "Creditman"),
    (221, "Mark Price"),
    (225, "Auction"),
    (232, "Pl Price"),
    (233, "RTVolume"),
    (236, "inventory"),
    (256, "inventory"),
    (258, "Fundamentals"),
    (291, "Close Implied Volatility"),
    (292, "Wide_news"),
    (293, "TradeCount"),
    (294, "TradeRate"),
    (295, "VolumeRate"),
    (318, "LastRTHTrade"),
    (370, "ParticipationMonitor"),
    (375, "RTTrdVolume"),
    (377, "CttTickTag"),
    (381, "IB Rate"),
    (384, "RfqTickRespTag"),
    (387, "DMM"),
    (388, "Issuer Fundamentals"),
    (391, "IBWarrantImpVolCompeteTick"),
    (405, "Index Capabilities"),
    (407, "FuturesMargins"),
    (411, "RTHistVol"),
    (428, "Monetary Close Price"),
    (439, "MonitorTickTag"),
    (456, "IBDividends"),
    (459, "RTCLOSE"),
    (460, "Bond Factor Multiplier"),
    (499, "Fee and Rebate Rate"),
    (506, "midptiv"),
    (511, "hvolrt10"),
    (512, "hvolrt30"),
    (513, "hvolrt50"),
    (514, "hvolrt75"),
    (515, "hvolrt100"),
    (516, "hvolrt150"),
    (517, "hvolrt200"),
    (521, "fzmidptiv"),
    (545, "vsiv"),
    (576, "EtfNavBidAsk"),
    (577, "EtfNavLast"),
    (578, "EtfNavClose"),
    (584, "Average Opening Vol."),
    (585, "Average Closing Vol."),
    (586, "IPO Price"),
    (587, "Pl Price Delayed"),
    (588, "Futures Open Interest"),
    (595, "Short-Term Volume X Mins"),
    (608, "EMA N"),
    (614, "EtfNavMisc"),
    (619, "Creditman Slow Mark Price"),
    (623, "EtfFrozenNavLast"),
];

/// The generic ticks of a line, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Generics(Vec<u16>);

impl Generics {
    /// Reads `100,233,292:BRFG`; the word `mdoff` is allowed and switches the best prices off in
    /// TWS's own windows only.
    ///
    /// # Errors
    /// The part that is not a generic tick.
    pub(super) fn read(list: &str) -> Result<Self, String> {
        let mut numbers = Vec::new();
        for part in list
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
        {
            if part == "mdoff" {
                continue;
            }
            // News come from providers that are named after a colon.
            let number = part.split_once(':').map_or(part, |(number, _)| number);
            let known = number
                .parse()
                .ok()
                .filter(|number| LEGAL.iter().any(|(legal, _)| legal == number));
            numbers.push(known.ok_or_else(|| part.to_owned())?);
        }
        numbers.sort_unstable();
        numbers.dedup();
        Ok(Self(numbers))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn has(&self, number: u16) -> bool {
        self.0.binary_search(&number).is_ok()
    }

    /// Whether the trades of the day are needed.
    pub(super) fn needs_tape(&self) -> bool {
        [233, 293, 294, 295, 375, 595]
            .iter()
            .any(|number| self.has(*number))
    }
}

/// TWS's words about a number that it does not know.
pub(super) fn refusal(unknown: &str) -> String {
    let legal: Vec<String> = LEGAL
        .iter()
        .map(|(number, word)| format!("{number}({word})"))
        .collect();
    format!(
        "Incorrect generic tick list of {unknown}.  Legal ones are: {}",
        legal.join(",")
    )
}

impl Turn<'_> {
    /// Generic ticks that do not change during a day.
    pub(super) fn send_once_generics(&mut self, id: i32, line: &QuoteLine) {
        let (generics, instrument) = (&line.generics, &line.instrument);
        if generics.is_empty() || line.delayed {
            return;
        }
        let exchange = &mut *self.exchange;
        let Some(client) = self.state.clients.get(&self.from) else {
            return;
        };
        if generics.has(104)
            && let Some(volatility) = figures::historical_volatility(exchange, instrument)
        {
            pen::generic(client, (id, 23), volatility);
        }
        if generics.has(106)
            && let Some(volatility) = figures::implied_volatility(exchange, instrument)
        {
            pen::generic(client, (id, 24), volatility);
        }
        if generics.has(165) {
            figures::ranges(exchange, instrument, client, id, &mut self.state.lines.pen);
        }
        if (generics.has(236) || generics.has(256))
            && let (Instrument::Equity(_), Ok(details)) =
                (instrument, exchange.contract(instrument))
        {
            // Above 2.5: at least 1000 shares can be had.
            let ease = if details.shortable { 3.0 } else { 1.0 };
            pen::generic(client, (id, 46), ease);
        }
        if generics.has(456)
            && let Some(dividends) = dividends(exchange, instrument)
        {
            pen::string(client, (id, 59), dividends);
        }
    }
}

/// Everything that is known about an instrument.
fn every(instrument: &Instrument) -> ResearchQuery {
    let mut query = ResearchQuery::new(instrument.clone());
    query.limit = u32::MAX;
    query
}

/// Dividends as TWS writes them: of the last and of the next twelve months, the next one's date and
/// amount.
fn dividends(exchange: &Exchange, instrument: &Instrument) -> Option<String> {
    let today = exchange.now().date_naive();
    let query = every(instrument);
    let year = Months::new(12);
    let (from, until) = (
        today.checked_sub_months(year)?,
        today.checked_add_months(year)?,
    );
    let paid: Vec<_> = exchange
        .corporate_actions(&query)
        .into_iter()
        .filter_map(|action| match action.event {
            CorporateEvent::CashDividend { amount, .. } => Some((action.ex_date, amount)),
            _ => None,
        })
        .collect();
    let sum = |from, until| -> Decimal {
        let within = paid.iter().filter(|(date, _)| (from..until).contains(date));
        within.map(|(_, amount)| *amount).sum()
    };
    let (past, coming) = (sum(from, today), sum(today, until));
    let next = paid.iter().find(|(date, _)| *date >= today);
    if paid.is_empty() {
        return None;
    }
    let next = next.map_or_else(
        || ",".to_owned(),
        |(date, amount)| format!("{},{}", date.format("%Y%m%d"), amount.normalize()),
    );
    Some(format!(
        "{},{},{next}",
        past.normalize(),
        coming.normalize()
    ))
}

impl QuoteLine {
    /// Generic ticks that follow the market.
    pub(super) fn show_generics(
        &mut self,
        quote: &Quote,
        client: &Client,
        id: i32,
        pen: &mut Pen,
        exchange: &mut Exchange,
    ) {
        if self.generics.is_empty() || self.delayed {
            return;
        }
        let wants_mark = [221, 232, 619]
            .iter()
            .any(|number| self.generics.has(*number));
        if wants_mark && self.shown.mark != quote.mid() {
            self.shown.mark = quote.mid();
            for (number, tick) in [(221, 37), (232, 37), (619, 79)] {
                // 221 and 232 are one figure.
                let twice = number == 232 && self.generics.has(221);
                if self.generics.has(number)
                    && !twice
                    && let Some(mark) = quote.mid()
                {
                    pen.price(client, (id, tick), mark);
                }
            }
        }
        if self.generics.has(318) {
            self.show_regular_last(quote, client, id, pen, exchange);
        }
        if self.generics.has(292) {
            self.show_news(client, id, exchange);
        }
        let now = exchange.now();
        let Some(tape) = self.tape.as_mut().filter(|tape| tape.is_new()) else {
            return;
        };
        for (number, tick) in [(233, 48), (375, 77)] {
            if self.generics.has(number)
                && let Some(text) = tape.volume_text()
            {
                pen::string(client, (id, tick), text);
            }
        }
        if self.generics.has(293) {
            pen::generic(client, (id, 54), tape.count());
        }
        if self.generics.has(294) {
            pen::generic(client, (id, 55), tape.trades_within(now, 1));
        }
        if self.generics.has(295) {
            pen::generic(client, (id, 56), figures::float(tape.volume_within(now, 1)));
        }
        if self.generics.has(595) {
            for (tick, minutes) in [(63, 3), (64, 5), (65, 10)] {
                pen.size(client, (id, tick), tape.volume_within(now, minutes));
            }
        }
        tape.shown();
    }

    /// The last price of a regular session.
    fn show_regular_last(
        &mut self,
        quote: &Quote,
        client: &Client,
        id: i32,
        pen: &mut Pen,
        exchange: &Exchange,
    ) {
        let listing = exchange.listing_of(&self.instrument);
        let session = listing.and_then(|listing| exchange.session_of(listing));
        let last = quote.last.map(Price::get);
        if session == Some(SessionKind::Regular) && self.shown.regular_last != last {
            self.shown.regular_last = last;
            if let Some(last) = last {
                pen.price(client, (id, 57), last);
            }
        }
    }

    /// Headlines that have come out since the last one that was shown, oldest first.
    fn show_news(&mut self, client: &Client, id: i32, exchange: &Exchange) {
        let mut query = every(&self.instrument);
        let shown = self.shown.news_at;
        query.from = shown.map(|shown| shown.date_naive());
        let news = exchange.news(&query);
        for headline in news.iter().rev() {
            if shown.is_some_and(|shown| headline.time <= shown) {
                continue;
            }
            self.shown.news_at = Some(headline.time);
            client.send(&Reply::TickNews(TickNews {
                req_id: Some(id),
                timestamp: Some(headline.time.timestamp_millis()),
                provider_code: Some(headline.provider.clone()),
                article_id: Some(headline.id.clone()),
                headline: Some(headline.headline.clone()),
                extra_data: None,
            }));
        }
    }
}
