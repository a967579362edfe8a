//! Contract details.

use broker_core::model::{self, AssetClass, Instrument};
use chrono::Days;

use super::{
    hours::{DAYS_AHEAD, hours, zone, zone_name},
    names,
    order_types::order_types,
};
use crate::tws::{
    gateway::turn::Turn,
    message::{
        CancelContractData, Contract, ContractData, ContractDataEnd, ContractDataRequest,
        ContractDetails, Reply,
    },
};

/// Every class that TWS knows by its word.
const CLASSES: &[&str] = &[
    "STK",
    "OPT",
    "FUT",
    "CONTFUT",
    "FUT+CONTFUT",
    "FOP",
    "CASH",
    "IND",
    "CRYPTO",
    "FUND",
    "WAR",
    "BOND",
    "BAG",
    "CFD",
    "CMDTY",
    "IOPT",
    "BILL",
    "FIXED",
    "NEWS",
    "SLB",
    "EC",
];

impl Turn<'_> {
    pub(in crate::tws::gateway) fn contract_data(&mut self, request: &ContractDataRequest) {
        let id = request.req_id.unwrap_or(-1);
        let nothing = Contract::default();
        let contract = request.contract.as_ref().unwrap_or(&nothing);
        if let Err(why) = check(contract) {
            return self.error(
                id,
                321,
                format!("Error validating request.-'{id}' : cause - {why}"),
            );
        }
        let found = self.state.contracts.find(self.exchange, contract);
        if found.is_empty() {
            return self.no_contract(id, contract);
        }
        for instrument in &found {
            let Some(mut data) = self.describe(instrument) else {
                continue;
            };
            data.req_id = Some(id);
            // The row is for the exchange that was asked for.
            if let (Some(row), Some(asked)) = (&mut data.contract, &contract.exchange)
                && !asked.is_empty()
            {
                row.exchange = Some(asked.clone());
            }
            let bond = matches!(instrument, Instrument::Bond(_));
            self.reply(&if bond {
                Reply::BondContractData(data)
            } else {
                Reply::ContractData(data)
            });
        }
        let end = ContractDataEnd { req_id: Some(id) };
        self.reply(&Reply::ContractDataEnd(end));
    }

    /// Details are answered at once: there is nothing left to cancel.
    pub(in crate::tws::gateway) fn cancel_contract_data(&mut self, request: &CancelContractData) {
        tracing::trace!(request = request.req_id, "contract details are complete");
    }

    /// Everything that TWS tells about an instrument.
    fn describe(&mut self, instrument: &Instrument) -> Option<ContractData> {
        let known = self.exchange.contract(instrument).ok()?;
        let contract = self.state.contracts.write(self.exchange, instrument);
        let exchanges = names::valid_exchanges(instrument);
        let rule = self.state.contracts.rule_id(&known.ticks).to_string();
        let rules = vec![rule.as_str(); exchanges.len()];
        let today = self
            .now()
            .with_timezone(&zone(&known.time_zone))
            .date_naive();
        let last_day = today
            .checked_add_days(Days::new(DAYS_AHEAD))
            .unwrap_or(today);
        let schedule = self.exchange.schedule_of(instrument, today, last_day).ok();
        let finest = known.ticks.bands().iter().map(|band| band.increment).min();
        let suggested = match instrument {
            Instrument::Equity(_) => known.quantities.minimum.get().max(broker_core::dec!(100)),
            _ => known.quantities.minimum.get(),
        };
        let mut details = ContractDetails {
            market_name: contract.trading_class.clone(),
            min_tick: finest.map(|tick| tick.normalize().to_string()),
            order_types: Some(order_types(instrument.asset_class())),
            valid_exchanges: Some(exchanges.join(",")),
            price_magnifier: Some(1),
            long_name: Some(known.name.clone()),
            time_zone_id: Some(zone_name(&known.time_zone).to_owned()),
            trading_hours: schedule.as_ref().map(|schedule| hours(schedule, false)),
            liquid_hours: schedule.as_ref().map(|schedule| hours(schedule, true)),
            market_rule_ids: Some(rules.join(",")),
            stock_type: stock_type(instrument.asset_class()).map(str::to_owned),
            min_size: Some(known.quantities.minimum.get().normalize().to_string()),
            size_increment: Some(known.quantities.step.get().normalize().to_string()),
            suggested_size_increment: Some(suggested.normalize().to_string()),
            agg_group: Some(1),
            ..ContractDetails::default()
        };
        if let Some(expiry) = instrument.expiry() {
            details.contract_month = Some(expiry.format("%Y%m").to_string());
            details.real_expiration_date = Some(expiry.format("%Y%m%d").to_string());
        }
        if let Some(underlying) = &known.underlying {
            details.under_con_id = Some(self.state.contracts.con_id(underlying));
            details.under_symbol = Some(names::symbol(underlying));
            details.under_sec_type = Some(names::sec_type(underlying).to_owned());
        }
        settlement(&mut details, &known);
        Some(ContractData {
            req_id: None,
            contract: Some(contract),
            contract_details: Some(details),
        })
    }
}

/// Why no contract can be meant at all.
fn check(contract: &Contract) -> Result<(), &'static str> {
    let class = contract.sec_type.as_deref().unwrap_or_default();
    if class == "BAG" {
        return Err("BAG isn't supported for contract data request");
    }
    let by_number = contract.con_id.is_some_and(|id| id > 0);
    if (class.is_empty() && !by_number) || !(class.is_empty() || CLASSES.contains(&class)) {
        return Err("Please enter a valid security type");
    }
    Ok(())
}

const fn stock_type(class: AssetClass) -> Option<&'static str> {
    match class {
        AssetClass::Equity => Some("COMMON"),
        _ => None,
    }
}

/// How a derivative ends: shares are delivered, indices settle in cash.
fn settlement(details: &mut ContractDetails, known: &model::ContractDetails) {
    details.settlement_method = match (&known.instrument, &known.underlying) {
        (Instrument::Option(_), Some(Instrument::Equity(_))) => Some("DELIVERY".to_owned()),
        (Instrument::Option(_) | Instrument::Future(_), Some(Instrument::Index(_))) => {
            Some("CASH".to_owned())
        }
        _ => None,
    };
}
