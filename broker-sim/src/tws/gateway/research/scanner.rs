use core::fmt::Write as _;

use broker_core::model::{Price, ScannerQuery, ScannerRanking};
use chrono::TimeDelta;
use rust_decimal::Decimal;

use crate::{
    exchange::Exchange,
    tws::{
        gateway::{
            client::ConnectionId,
            state::{Due, State},
            turn::Turn,
        },
        message::{
            CancelScannerSubscription, Reply, ScannerData, ScannerDataElement, ScannerParameters,
            ScannerSubscription, ScannerSubscriptionRequest,
        },
    },
};

/// Scan codes that are served.
const SCANS: &[(&str, &str, ScannerRanking)] = &[
    ("TOP_PERC_GAIN", "Top % Gainers", ScannerRanking::TopGainers),
    ("TOP_PERC_LOSE", "Top % Losers", ScannerRanking::TopLosers),
    ("MOST_ACTIVE", "Most Active", ScannerRanking::MostActive),
];
/// Most rows of a scan.
const ROWS: i32 = 50;
/// How often the rows are sent anew.
const REFRESH: TimeDelta = TimeDelta::seconds(30);

impl Turn<'_> {
    pub(in crate::tws::gateway) fn scanner_parameters(&mut self) {
        let mut xml =
            String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ScanParameterResponse>\n");
        xml.push_str("  <InstrumentList varName=\"instrumentList\">\n    <Instrument><name>US Stocks</name><type>STK</type></Instrument>\n  </InstrumentList>\n");
        xml.push_str("  <LocationTree varName=\"locationTree\">\n    <Location><displayName>US Stocks</displayName><locationCode>STK.US</locationCode></Location>\n    <Location><displayName>Listed/NASDAQ</displayName><locationCode>STK.US.MAJOR</locationCode></Location>\n  </LocationTree>\n  <ScanTypeList varName=\"scanTypeList\">\n");
        for (code, name, _) in SCANS {
            // Writing to a string cannot fail.
            let _ = writeln!(
                xml,
                "    <ScanType><displayName>{name}</displayName><scanCode>{code}</scanCode><instruments>STK</instruments></ScanType>"
            );
        }
        xml.push_str("  </ScanTypeList>\n</ScanParameterResponse>\n");
        self.reply(&Reply::ScannerParameters(ScannerParameters {
            xml: Some(xml),
        }));
    }

    pub(in crate::tws::gateway) fn scanner(&mut self, request: &ScannerSubscriptionRequest) {
        let id = request.req_id.unwrap_or(-1);
        let wanted = request.scanner_subscription.clone().unwrap_or_default();
        if let Err(why) = read(&wanted) {
            let text = format!("Historical Market Data Service error message:{why}");
            return self.error(id, 162, text);
        }
        let key = (self.from, id);
        if self.state.research.scanners.contains_key(&key) {
            return self.error(
                id,
                322,
                "Error processing request.-'cf' : cause - Duplicate ticker id",
            );
        }
        self.state.research.scanners.insert(key, wanted);
        self.state.scan(self.exchange, key);
        if !self.state.research.scanning {
            self.state.research.scanning = true;
            self.state.timers.add(self.now() + REFRESH, Due::Scans);
        }
    }

    pub(in crate::tws::gateway) fn cancel_scanner(&mut self, request: &CancelScannerSubscription) {
        let id = request.req_id.unwrap_or(-1);
        match self.state.research.scanners.remove(&(self.from, id)) {
            Some(_) => {
                let text = format!(
                    "Historical Market Data Service error message:API scanner subscription cancelled: {id}"
                );
                self.error(id, 162, text);
            }
            None => self.error(
                id,
                365,
                format!("No scanner subscription found for ticker id:{id}"),
            ),
        }
    }
}

impl State {
    /// Sends every scan anew.
    pub(in crate::tws::gateway) fn refresh_scans(&mut self, exchange: &mut Exchange) {
        let open: Vec<_> = self.research.scanners.keys().copied().collect();
        self.research.scanning = !open.is_empty();
        for key in open {
            self.scan(exchange, key);
        }
        if self.research.scanning {
            self.timers.add(exchange.now() + REFRESH, Due::Scans);
        }
    }

    fn scan(&mut self, exchange: &mut Exchange, key: (ConnectionId, i32)) {
        let Some(wanted) = self.research.scanners.get(&key) else {
            return;
        };
        let Ok((query, below, volume)) = read(wanted) else {
            return;
        };
        let rows = usize::try_from(wanted.number_of_rows.unwrap_or(ROWS)).unwrap_or_default();
        let mut found = exchange.scan(&query);
        found.retain(|row| {
            below.is_none_or(|most| row.last.is_some_and(|last| last.get() <= most))
                && volume.is_none_or(|least| row.volume.is_some_and(|volume| volume >= least))
                && row.instrument.currency() == Some(broker_core::model::Currency::USD)
        });
        found.truncate(rows.min(50));
        let mut elements = Vec::new();
        for (rank, row) in (0..).zip(found) {
            let contract = self.contracts.write(exchange, &row.instrument);
            elements.push(ScannerDataElement {
                rank: Some(rank),
                market_name: contract.trading_class.clone(),
                contract: Some(contract),
                distance: Some(String::new()),
                benchmark: Some(String::new()),
                projection: Some(String::new()),
                combo_key: Some(String::new()),
            });
        }
        let Some(client) = self.clients.get(&key.0) else {
            return;
        };
        if elements.is_empty() {
            let text = "Historical Market Data Service query message:no items retrieved";
            return client.error(key.1, 165, text, exchange.now().timestamp_millis());
        }
        client.send(&Reply::ScannerData(ScannerData {
            req_id: Some(key.1),
            scanner_data_element: elements,
        }));
    }
}

/// The exchange's query, the highest price and the least volume; or what TWS says about it.
type Scan = (ScannerQuery, Option<Decimal>, Option<Decimal>);

fn read(wanted: &ScannerSubscription) -> Result<Scan, String> {
    let code = wanted.scan_code.as_deref().unwrap_or_default();
    let scan = SCANS.iter().find(|(known, _, _)| *known == code);
    let (_, _, ranking) =
        scan.ok_or_else(|| format!("Scanner type with code {code} is disabled"))?;
    let instrument = wanted.instrument.as_deref().unwrap_or_default();
    if instrument != "STK" {
        return Err(format!("Instrument type {instrument} is not supported"));
    }
    let location = wanted.location_code.as_deref().unwrap_or_default();
    if !location.starts_with("STK.US") && location != "STK.NASDAQ" && location != "STK.NYSE" {
        return Err(format!("Location {location} is not supported"));
    }
    let rows = wanted.number_of_rows.unwrap_or(ROWS);
    if rows != -1 && rows < 1 {
        return Err(format!("{rows} rows"));
    }
    let decimal = |value: Option<f64>| {
        let value = value.filter(|value| value.is_finite() && *value < 1e300)?;
        value.to_string().parse::<Decimal>().ok()
    };
    let query = ScannerQuery {
        ranking: *ranking,
        limit: u32::MAX,
        price_above: decimal(wanted.above_price).and_then(|price| Price::new(price).ok()),
    };
    let volume = wanted
        .above_volume
        .filter(|volume| *volume > 0 && *volume < i64::from(i32::MAX));
    Ok((
        query,
        decimal(wanted.below_price),
        volume.map(Decimal::from),
    ))
}
