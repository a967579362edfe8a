//! Contracts, search, rules and option parameters.

use super::contract;
use crate::tws::{
    message::*,
    text::{Malformed, field_reader::FieldReader, since},
};

pub(super) fn contract_data(
    version: u32,
    fields: &mut FieldReader<'_>,
) -> Result<Request, Malformed> {
    fields.version(&[8])?;
    let req_id = fields.id("reqId")?;
    let mut contract = contract::contract_or_expired(fields)?;
    contract.sec_id_type = fields.text("secIdType")?;
    contract.sec_id = fields.text("secId")?;
    if version >= since::BOND_ISSUER {
        contract.issuer_id = fields.text("issuerId")?;
    }
    Ok(Request::ContractData(ContractDataRequest {
        req_id,
        contract: Some(contract),
    }))
}

pub(super) fn matching_symbols(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    Ok(Request::MatchingSymbols(MatchingSymbolsRequest {
        req_id: fields.id("reqId")?,
        pattern: fields.text("pattern")?,
    }))
}

pub(super) fn market_rule(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    Ok(Request::MarketRule(MarketRuleRequest {
        market_rule_id: fields.int("marketRuleId")?,
    }))
}

pub(super) fn option_parameters(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    Ok(Request::SecDefOptParams(SecDefOptParamsRequest {
        req_id: fields.id("reqId")?,
        underlying_symbol: fields.text("underlyingSymbol")?,
        fut_fop_exchange: fields.text("futFopExchange")?,
        underlying_sec_type: fields.text("underlyingSecType")?,
        underlying_con_id: fields.int("underlyingConId")?,
    }))
}

pub(super) fn smart_components(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    Ok(Request::SmartComponents(SmartComponentsRequest {
        req_id: fields.id("reqId")?,
        bbo_exchange: fields.text("bboExchange")?,
    }))
}

pub(super) fn soft_dollar_tiers(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    Ok(Request::SoftDollarTiers(SoftDollarTiersRequest {
        req_id: fields.id("reqId")?,
    }))
}

pub(super) const fn family_codes() -> Request {
    Request::FamilyCodes(FamilyCodesRequest {})
}

pub(super) const fn depth_exchanges() -> Request {
    Request::MarketDepthExchanges(MarketDepthExchangesRequest {})
}
