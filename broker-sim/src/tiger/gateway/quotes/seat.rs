//! The one device that may read quotes.

use serde_json::{Value, json};

use crate::tiger::gateway::{Answer, Complaint, method::Method, turn::Turn};

/// What this developer may read; none of it ends.
const PERMISSIONS: [&str; 6] = [
    "usQuoteBasic",
    "usStockQuote",
    "usStockQuoteLv2Totalview",
    "hkStockQuoteLv2",
    "usOptionQuote",
    "CMEFuturesQuoteLv2",
];

/// Methods about quotes that every device may ask.
const FREE: [&str; 24] = [
    "get_quote_permission",
    "kline_quota",
    "addon_entitlements",
    "market_state",
    "trading_calendar",
    "all_symbols",
    "all_symbol_names",
    "quote_delay",
    "quote_stock_trade",
    "option_expiration",
    "all_hk_option_symbols",
    "future_exchange",
    "future_contract_by_exchange_code",
    "future_contract_by_contract_code",
    "future_contracts",
    "future_continuous_contracts",
    "future_current_contract",
    "future_trading_date",
    "fund_all_symbols",
    "fund_contracts",
    "financial_currency",
    "financial_exchange_rate",
    "industry_list",
    "market_scanner_tags",
];

/// Which device has the permissions: the one that grabbed them last, any before somebody has.
#[derive(Debug, Default)]
pub(in crate::tiger::gateway) struct Seat {
    holder: Option<String>,
    /// The device of the request that is being answered.
    device: String,
}

impl Seat {
    /// Lets a request of a device in, or says that another one has the permissions.
    pub(in crate::tiger::gateway) fn admit(
        &mut self,
        method: Method,
        device: Option<&str>,
    ) -> Result<(), Complaint> {
        let device = device.unwrap_or_default();
        device.clone_into(&mut self.device);
        if method.name == "grab_quote_permission" {
            self.holder = Some(device.to_owned());
        }
        if method.is_trade() || FREE.contains(&method.name) || self.is_holder() {
            return Ok(());
        }
        Err(Complaint::new(
            4,
            "4000:permission denied(current device does not have permission)",
        ))
    }

    fn is_holder(&self) -> bool {
        self.holder
            .as_ref()
            .is_none_or(|holder| *holder == self.device)
    }
}

impl Turn<'_> {
    /// What the asking device may read.
    pub(in crate::tiger::gateway) fn quote_permission(&self) -> Answer {
        if !self.state.quotes.seat.is_holder() {
            return Ok(json!([]));
        }
        let granted = PERMISSIONS.map(|name| json!({"name": name, "expireAt": -1}));
        Ok(Value::from(granted.to_vec()))
    }
}
