//! Which futures there are.

use broker_core::model::{Future, Instrument, Price};
use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::tiger::gateway::{
    Answer, Complaint,
    parameters::Parameters,
    quotes::{MOST_SYMBOLS, Row, counted},
    symbols::{MAIN, exchange_word, future_code},
    turn::Turn,
};

impl Turn<'_> {
    pub(super) fn future_exchange(&mut self, asked: Parameters<'_>) -> Answer {
        match asked.text("sec_type")? {
            // Options are listed where their futures are.
            None | Some("FUT" | "FOP") => {}
            Some(other) => {
                return Err(Complaint::business(format!(
                    "sec_type '{other}' is not supported"
                )));
            }
        }
        let mut rows: Vec<(String, String)> = Vec::new();
        for (instrument, part) in self.futures_listed() {
            rows.push((
                exchange_word(part.exchange),
                self.zone(&instrument).to_string(),
            ));
        }
        rows.sort();
        rows.dedup();
        let rows = rows
            .into_iter()
            .map(|(code, zone)| json!({"code": code, "name": code, "zoneId": zone}));
        Ok(rows.collect::<Vec<Value>>().into())
    }

    pub(super) fn future_contract_by_exchange_code(&mut self, asked: Parameters<'_>) -> Answer {
        let code = asked.required_text("exchange_code")?;
        let mut of_exchange: Vec<Instrument> = Vec::new();
        let mut roots: Vec<String> = Vec::new();
        for (_, part) in self.futures_listed() {
            let root = part.root.to_string();
            if exchange_word(part.exchange) == code && !roots.contains(&root) {
                of_exchange.extend(self.futures_of(&root));
                roots.push(root);
            }
        }
        if roots.is_empty() {
            return Err(Complaint::future(format!(
                "exchange '{code}' does not exist"
            )));
        }
        let mut rows: Vec<Value> = Vec::new();
        for root in &roots {
            rows.extend(self.continuous(root));
        }
        let contracts = of_exchange.iter().filter_map(|one| self.contract_row(one));
        rows.extend(contracts.collect::<Vec<_>>());
        Ok(rows.into())
    }

    pub(super) fn future_contract_by_contract_code(&mut self, asked: Parameters<'_>) -> Answer {
        let code = asked.required_text("contract_code")?;
        let unknown = || Complaint::future(format!("contract '{code}' does not exist"));
        let row = match code.strip_suffix(MAIN) {
            Some(root) => self.continuous(root),
            None => self
                .find_future(code, None)
                .and_then(|one| self.contract_row(&one)),
        };
        row.ok_or_else(unknown)
    }

    /// The contracts of a product that have not expired.
    pub(super) fn future_contracts(&mut self, asked: Parameters<'_>) -> Answer {
        let root = asked.required_text("type")?;
        let contracts = self.futures_or_complaint(root)?;
        let rows = contracts.iter().filter_map(|one| self.contract_row(one));
        Ok(rows.collect::<Vec<Value>>().into())
    }

    pub(super) fn future_continuous_contracts(&mut self, asked: Parameters<'_>) -> Answer {
        let root = asked.required_text("type")?;
        self.futures_or_complaint(root)?;
        let rows: Vec<Value> = self.continuous(root).into_iter().collect();
        Ok(rows.into())
    }

    /// The front contract of a product.
    pub(super) fn future_current_contract(&mut self, asked: Parameters<'_>) -> Answer {
        let root = asked.required_text("type")?;
        let front = self.futures_or_complaint(root)?.into_iter().next();
        let row = front.and_then(|front| self.contract_row(&front));
        row.ok_or_else(|| Complaint::future(format!("product '{root}' does not exist")))
    }

    /// Which contract was in front on each trading day.
    pub(super) fn future_history_main_contract(&mut self, asked: Parameters<'_>) -> Answer {
        let codes = counted(
            "contract_codes",
            asked.texts("contract_codes")?,
            MOST_SYMBOLS,
        )?;
        let (begin, end) = (asked.instant("begin_time")?, asked.instant("end_time")?);
        let mut rows: Vec<Value> = Vec::new();
        for code in codes {
            let unknown = || Complaint::future(format!("contract '{code}' is not continuous"));
            let root = code.strip_suffix(MAIN).ok_or_else(unknown)?;
            let mut of_root = self.futures_listed();
            of_root.retain(|(_, part)| part.root.as_str() == root);
            of_root.sort_by_key(|(_, part)| part.expiry);
            let (nearest, _) = of_root.first().ok_or_else(unknown)?;
            let from = begin
                .unwrap_or(self.now())
                .max(self.now() - chrono::TimeDelta::days(365));
            let zone = self.zone(nearest);
            let until = end.unwrap_or(self.now()).min(self.now());
            let (from, until) = (
                from.with_timezone(&zone).date_naive(),
                until.with_timezone(&zone).date_naive(),
            );
            let days = self.days_between(nearest, from, until);
            let items = days.iter().filter_map(|day| {
                let mut fronts = of_root.iter();
                let (_, front) = fronts.find(|(_, part)| part.expiry >= day.date)?;
                let code = future_code(front.root.as_str(), front.expiry);
                let at = day.begins()?.timestamp_millis();
                Some(json!({"time": at, "referContractCode": code}))
            });
            let items: Vec<Value> = items.collect();
            rows.push(json!({"contractCode": code, "mainReferItems": items}));
        }
        Ok(rows.into())
    }

    /// Every future that is or was listed.
    pub(super) fn futures_listed(&self) -> Vec<(Instrument, Future)> {
        let all = self.exchange.instruments();
        all.filter_map(|instrument| match instrument {
            Instrument::Future(part) => Some((instrument.clone(), part.clone())),
            _ => None,
        })
        .collect()
    }

    fn futures_or_complaint(&self, root: &str) -> Result<Vec<Instrument>, Complaint> {
        let contracts = self.futures_of(root);
        if contracts.is_empty() {
            return Err(Complaint::future(format!(
                "product '{root}' does not exist"
            )));
        }
        Ok(contracts)
    }

    /// The continuous contract of a product, which stands for its front one.
    fn continuous(&mut self, root: &str) -> Option<Value> {
        let front = self.futures_of(root).into_iter().next()?;
        let Instrument::Future(part) = &front else {
            return None;
        };
        let row = self
            .product(&front, part)?
            .put("contractCode", format!("{root}{MAIN}"))
            .put("name", format!("{root} continuous"))
            .put("continuous", true)
            .put("trade", false);
        Some(row.into())
    }

    fn contract_row(&mut self, instrument: &Instrument) -> Option<Value> {
        let Instrument::Future(part) = instrument else {
            return None;
        };
        let day = |date: NaiveDate| date.format("%Y%m%d").to_string();
        let name = self.title(instrument);
        let row = self
            .product(instrument, part)?
            .put("contractCode", future_code(part.root.as_str(), part.expiry))
            .text("name", name)
            .put("contractMonth", part.expiry.format("%Y%m").to_string())
            .put("lastTradingDate", day(part.expiry))
            // Settled in cash, so there is no notice of delivery.
            .put("firstNoticeDate", "")
            .put("lastBiddingCloseTime", 0)
            .put("continuous", false)
            .put("trade", true);
        Some(row.into())
    }

    /// What all contracts of a product have in common.
    fn product(&mut self, instrument: &Instrument, part: &Future) -> Option<Row> {
        let details = self.exchange.contract(instrument).ok()?;
        let exchange = exchange_word(part.exchange);
        let tick = details.ticks.increment(Price::ZERO);
        let row = Row::default()
            .put("type", part.root.as_str())
            .put("ibCode", part.root.as_str())
            .put("currency", part.currency.as_str())
            .put("exchangeCode", exchange.as_str())
            .put("exchange", exchange.as_str())
            .units("multiplier", Some(details.multiplier))
            .number("minTick", Some(tick))
            .put("displayMultiplier", 1)
            .put("deliveryMode", "Cash")
            .put("productType", "Index");
        Some(row)
    }
}
