//! The particulars of a contract.

use crate::tws::{
    message::*,
    text::{field_writer::FieldWriter, since},
};

pub(super) fn data(f: &mut FieldWriter<'_>, version: u32, data: &ContractData) {
    let (no_contract, no_details) = (Contract::default(), ContractDetails::default());
    let contract = data.contract.as_ref().unwrap_or(&no_contract);
    let details = data.contract_details.as_ref().unwrap_or(&no_details);
    f.number(10);
    if version < since::SIZE_RULES {
        f.number(8);
    }
    f.int(data.req_id)
        .text(contract.symbol.as_ref())
        .text(contract.sec_type.as_ref());
    f.text(contract.last_trade_date_or_contract_month.as_ref())
        .double_or(contract.strike, 0.0);
    f.text(contract.right.as_ref())
        .text(contract.exchange.as_ref());
    f.text(contract.currency.as_ref())
        .text(contract.local_symbol.as_ref());
    f.text(details.market_name.as_ref())
        .text(contract.trading_class.as_ref());
    f.int(contract.con_id).text(details.min_tick.as_ref());
    if version < since::SIZE_RULES {
        f.number(SIZE_MULTIPLIER);
    }
    f.plain(contract.multiplier)
        .text(details.order_types.as_ref());
    f.text(details.valid_exchanges.as_ref())
        .number(details.price_magnifier.unwrap_or(1));
    // The clients take escapes for characters here, and only here.
    f.int(details.under_con_id)
        .escaped(details.long_name.as_ref());
    f.text(contract.primary_exch.as_ref())
        .text(details.contract_month.as_ref());
    f.text(details.industry.as_ref())
        .text(details.category.as_ref());
    f.text(details.subcategory.as_ref())
        .text(details.time_zone_id.as_ref());
    f.text(details.trading_hours.as_ref())
        .text(details.liquid_hours.as_ref());
    f.text(details.ev_rule.as_ref())
        .plain(details.ev_multiplier);
    f.tagged_values(&details.sec_id_list)
        .int_or_empty(details.agg_group);
    f.text(details.under_symbol.as_ref())
        .text(details.under_sec_type.as_ref());
    f.text(details.market_rule_ids.as_ref())
        .text(details.real_expiration_date.as_ref());
    f.text(details.stock_type.as_ref());
    if version == since::FRACTIONAL_SIZES {
        f.text(details.size_increment.as_ref());
    }
    sizes(f, version, details);
}

pub(super) fn bond(f: &mut FieldWriter<'_>, version: u32, data: &ContractData) {
    let (no_contract, no_details) = (Contract::default(), ContractDetails::default());
    let contract = data.contract.as_ref().unwrap_or(&no_contract);
    let details = data.contract_details.as_ref().unwrap_or(&no_details);
    f.number(18);
    if version < since::SIZE_RULES {
        f.number(6);
    }
    f.int(data.req_id)
        .text(contract.symbol.as_ref())
        .text(contract.sec_type.as_ref());
    // A whole coupon is written as one: `ib_async` reads nothing else here.
    f.text(details.cusip.as_ref()).plain(details.coupon);
    f.text(contract.last_trade_date_or_contract_month.as_ref());
    f.text(details.issue_date.as_ref())
        .text(details.ratings.as_ref());
    f.text(details.bond_type.as_ref())
        .text(details.coupon_type.as_ref());
    f.flag(details.convertible)
        .flag(details.callable)
        .flag(details.puttable);
    f.text(details.desc_append.as_ref())
        .text(contract.exchange.as_ref());
    f.text(contract.currency.as_ref())
        .text(details.market_name.as_ref());
    f.text(contract.trading_class.as_ref()).int(contract.con_id);
    f.text(details.min_tick.as_ref());
    if version < since::SIZE_RULES {
        f.number(SIZE_MULTIPLIER);
    }
    f.text(details.order_types.as_ref())
        .text(details.valid_exchanges.as_ref());
    f.text(details.next_option_date.as_ref())
        .text(details.next_option_type.as_ref());
    f.flag(details.next_option_partial)
        .text(details.bond_notes.as_ref());
    f.text(details.long_name.as_ref())
        .text(details.ev_rule.as_ref());
    f.plain(details.ev_multiplier)
        .tagged_values(&details.sec_id_list);
    f.int_or_empty(details.agg_group)
        .text(details.market_rule_ids.as_ref());
    sizes(f, version, details);
}

/// Shares per unit of displayed size; since version 159 sizes are in shares for everyone.
const SIZE_MULTIPLIER: u32 = 1;

fn sizes(f: &mut FieldWriter<'_>, version: u32, details: &ContractDetails) {
    if version >= since::SIZE_RULES {
        f.text(details.min_size.as_ref())
            .text(details.size_increment.as_ref());
        f.text(details.suggested_size_increment.as_ref());
    }
}
