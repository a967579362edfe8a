//! Live prices and the option calculators.

use std::collections::BTreeMap;

use super::contract;
use crate::tws::{
    message::*,
    text::{Malformed, field_reader::FieldReader},
};

pub(super) fn market_data(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    fields.version(&[11])?;
    let req_id = fields.id("reqId")?;
    let mut contract = contract::contract(fields)?;
    if contract::is_combination(&contract) {
        contract.combo_legs = contract::legs(fields)?;
    }
    contract.delta_neutral_contract = contract::delta_neutral(fields)?;
    Ok(Request::MarketData(MarketDataRequest {
        req_id,
        contract: Some(contract),
        generic_tick_list: fields.text("genericTickList")?,
        snapshot: fields.flag("snapshot")?,
        regulatory_snapshot: fields.flag("regulatorySnapshot")?,
        market_data_options: fields.options("mktDataOptions")?,
    }))
}

pub(super) fn cancel_market_data(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    fields.version(&[1, 2])?;
    Ok(Request::CancelMarketData(CancelMarketData {
        req_id: fields.id("reqId")?,
    }))
}

pub(super) fn market_data_type(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    fields.version(&[1])?;
    Ok(Request::MarketDataType(MarketDataTypeRequest {
        market_data_type: fields.int("marketDataType")?,
    }))
}

pub(super) fn market_depth(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    fields.version(&[5])?;
    Ok(Request::MarketDepth(MarketDepthRequest {
        req_id: fields.id("reqId")?,
        contract: Some(contract::contract(fields)?),
        num_rows: fields.int("numRows")?,
        is_smart_depth: fields.flag("isSmartDepth")?,
        market_depth_options: fields.options("mktDepthOptions")?,
    }))
}

pub(super) fn cancel_market_depth(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    fields.version(&[1])?;
    Ok(Request::CancelMarketDepth(CancelMarketDepth {
        req_id: fields.id("reqId")?,
        is_smart_depth: fields.flag("isSmartDepth")?,
    }))
}

pub(super) fn real_time_bars(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    fields.version(&[3])?;
    Ok(Request::RealTimeBars(RealTimeBarsRequest {
        req_id: fields.id("reqId")?,
        contract: Some(contract::contract(fields)?),
        bar_size: fields.int("barSize")?,
        what_to_show: fields.text("whatToShow")?,
        use_rth: fields.flag("useRTH")?,
        real_time_bars_options: fields.options("realTimeBarsOptions")?,
    }))
}

pub(super) fn cancel_real_time_bars(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    fields.version(&[1])?;
    Ok(Request::CancelRealTimeBars(CancelRealTimeBars {
        req_id: fields.id("reqId")?,
    }))
}

pub(super) fn tick_by_tick(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    Ok(Request::TickByTick(TickByTickRequest {
        req_id: fields.id("reqId")?,
        contract: Some(contract::contract(fields)?),
        tick_type: fields.text("tickType")?,
        number_of_ticks: fields.int("numberOfTicks")?,
        ignore_size: fields.flag("ignoreSize")?,
    }))
}

pub(super) fn cancel_tick_by_tick(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    Ok(Request::CancelTickByTick(CancelTickByTick {
        req_id: fields.id("reqId")?,
    }))
}

pub(super) fn implied_volatility(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    fields.version(&[2, 3])?;
    Ok(Request::CalculateImpliedVolatility(
        CalculateImpliedVolatilityRequest {
            req_id: fields.id("reqId")?,
            contract: Some(contract::contract(fields)?),
            option_price: fields.double("optionPrice")?,
            under_price: fields.double("underPrice")?,
            implied_volatility_options: counted_options(fields)?,
        },
    ))
}

pub(super) fn option_price(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    fields.version(&[2, 3])?;
    Ok(Request::CalculateOptionPrice(CalculateOptionPriceRequest {
        req_id: fields.id("reqId")?,
        contract: Some(contract::contract(fields)?),
        volatility: fields.double("volatility")?,
        under_price: fields.double("underPrice")?,
        option_price_options: counted_options(fields)?,
    }))
}

pub(super) fn cancel_implied_volatility(
    fields: &mut FieldReader<'_>,
) -> Result<Request, Malformed> {
    fields.version(&[1])?;
    Ok(Request::CancelCalculateImpliedVolatility(
        CancelCalculateImpliedVolatility {
            req_id: fields.id("reqId")?,
        },
    ))
}

pub(super) fn cancel_option_price(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    fields.version(&[1])?;
    Ok(Request::CancelCalculateOptionPrice(
        CancelCalculateOptionPrice {
            req_id: fields.id("reqId")?,
        },
    ))
}

/// Options at the end of a message: after their number in one client, without it in another.
///
/// Which it is shows in how many fields are left, not in the version that the client names.
pub(super) fn counted_options(
    fields: &mut FieldReader<'_>,
) -> Result<BTreeMap<String, String>, Malformed> {
    if fields.remaining() > 1 {
        fields.int("optionsCount")?;
    }
    fields.options("options")
}
