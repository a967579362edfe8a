//! How requests describe a contract.

use crate::tws::{
    message::{ComboLeg, Contract, DeltaNeutralContract},
    text::{Malformed, field_reader::FieldReader},
};

/// Twelve fields, with the primary exchange.
pub(super) fn contract(fields: &mut FieldReader<'_>) -> Result<Contract, Malformed> {
    Ok(Contract {
        con_id: fields.int("conId")?,
        symbol: fields.text("symbol")?,
        sec_type: fields.text("secType")?,
        last_trade_date_or_contract_month: fields.text("lastTradeDateOrContractMonth")?,
        strike: fields.double("strike")?,
        right: right(fields)?,
        multiplier: fields.double("multiplier")?,
        exchange: fields.text("exchange")?,
        primary_exch: fields.text("primaryExchange")?,
        currency: fields.text("currency")?,
        local_symbol: fields.text("localSymbol")?,
        trading_class: fields.text("tradingClass")?,
        ..Contract::default()
    })
}

/// Thirteen fields: the last says whether contracts that have expired count.
pub(super) fn contract_or_expired(fields: &mut FieldReader<'_>) -> Result<Contract, Malformed> {
    let contract = contract(fields)?;
    Ok(Contract {
        include_expired: fields.flag("includeExpired")?,
        ..contract
    })
}

/// Eleven fields, without the primary exchange.
pub(super) fn option(fields: &mut FieldReader<'_>) -> Result<Contract, Malformed> {
    Ok(Contract {
        con_id: fields.int("conId")?,
        symbol: fields.text("symbol")?,
        sec_type: fields.text("secType")?,
        last_trade_date_or_contract_month: fields.text("lastTradeDateOrContractMonth")?,
        strike: fields.double("strike")?,
        right: right(fields)?,
        multiplier: fields.double("multiplier")?,
        exchange: fields.text("exchange")?,
        currency: fields.text("currency")?,
        local_symbol: fields.text("localSymbol")?,
        trading_class: fields.text("tradingClass")?,
        ..Contract::default()
    })
}

/// The seven fields of a company whose report is asked for.
pub(super) fn company(fields: &mut FieldReader<'_>) -> Result<Contract, Malformed> {
    Ok(Contract {
        con_id: fields.int("conId")?,
        symbol: fields.text("symbol")?,
        sec_type: fields.text("secType")?,
        exchange: fields.text("exchange")?,
        primary_exch: fields.text("primaryExchange")?,
        currency: fields.text("currency")?,
        local_symbol: fields.text("localSymbol")?,
        ..Contract::default()
    })
}

/// "?" and "0" are how the server writes the right of what is no option, and clients send it back.
fn right(fields: &mut FieldReader<'_>) -> Result<Option<String>, Malformed> {
    let right = fields.text("right")?;
    Ok(right.filter(|right| !matches!(right.as_str(), "?" | "0")))
}

/// Whether the clients write legs for the contract; they compare the type in any case.
pub(super) fn is_combination(contract: &Contract) -> bool {
    contract
        .sec_type
        .as_deref()
        .is_some_and(|kind| kind.eq_ignore_ascii_case("BAG"))
}

/// The legs of a combination of which prices are asked: four fields each.
pub(super) fn legs(fields: &mut FieldReader<'_>) -> Result<Vec<ComboLeg>, Malformed> {
    let count = fields.count("comboLegs")?;
    (0..count).map(|_| leg(fields)).collect()
}

/// The legs of a combination to be traded: eight fields each.
pub(super) fn order_legs(fields: &mut FieldReader<'_>) -> Result<Vec<ComboLeg>, Malformed> {
    let count = fields.count("comboLegs")?;
    (0..count)
        .map(|_| {
            let leg = leg(fields)?;
            Ok(ComboLeg {
                open_close: fields.int("comboLeg.openClose")?,
                short_sales_slot: fields.int("comboLeg.shortSaleSlot")?,
                designated_location: fields.text("comboLeg.designatedLocation")?,
                exempt_code: fields.int("comboLeg.exemptCode")?,
                ..leg
            })
        })
        .collect()
}

fn leg(fields: &mut FieldReader<'_>) -> Result<ComboLeg, Malformed> {
    Ok(ComboLeg {
        con_id: fields.int("comboLeg.conId")?,
        ratio: fields.int("comboLeg.ratio")?,
        action: fields.text("comboLeg.action")?,
        exchange: fields.text("comboLeg.exchange")?,
        ..ComboLeg::default()
    })
}

/// A flag, and if it is set the contract that an order or a quote is hedged with.
pub(super) fn delta_neutral(
    fields: &mut FieldReader<'_>,
) -> Result<Option<DeltaNeutralContract>, Malformed> {
    if fields.flag("deltaNeutralContract")? != Some(true) {
        return Ok(None);
    }
    Ok(Some(DeltaNeutralContract {
        con_id: fields.int("deltaNeutralContract.conId")?,
        delta: fields.double("deltaNeutralContract.delta")?,
        price: fields.double("deltaNeutralContract.price")?,
    }))
}
