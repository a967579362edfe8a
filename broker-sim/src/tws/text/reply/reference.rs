//! Search, rules, option parameters, and what else is looked up.

use crate::tws::{
    message::*,
    text::{field_writer::FieldWriter, since},
};

pub(super) fn option_parameters(f: &mut FieldWriter<'_>, parameters: &SecDefOptParameter) {
    f.number(75)
        .int(parameters.req_id)
        .text(parameters.exchange.as_ref());
    f.int(parameters.underlying_con_id)
        .text(parameters.trading_class.as_ref());
    f.text(parameters.multiplier.as_ref())
        .count(parameters.expirations.len());
    for expiration in &parameters.expirations {
        f.word(expiration);
    }
    f.count(parameters.strikes.len());
    for strike in &parameters.strikes {
        f.amount(Some(*strike));
    }
}

pub(super) fn symbol_samples(f: &mut FieldWriter<'_>, version: u32, samples: &SymbolSamples) {
    let absent = Contract::default();
    f.number(79)
        .int(samples.req_id)
        .count(samples.contract_descriptions.len());
    for sample in &samples.contract_descriptions {
        let contract = sample.contract.as_ref().unwrap_or(&absent);
        f.int(contract.con_id)
            .text(contract.symbol.as_ref())
            .text(contract.sec_type.as_ref());
        f.text(contract.primary_exch.as_ref())
            .text(contract.currency.as_ref());
        f.count(sample.derivative_sec_types.len());
        for kind in &sample.derivative_sec_types {
            f.word(kind);
        }
        if version >= since::BOND_ISSUER {
            f.text(contract.description.as_ref())
                .text(contract.issuer_id.as_ref());
        }
    }
}

pub(super) fn market_rule(f: &mut FieldWriter<'_>, rule: &MarketRule) {
    f.number(93)
        .int(rule.market_rule_id)
        .count(rule.price_increments.len());
    for step in &rule.price_increments {
        f.amount(step.low_edge).amount(step.increment);
    }
}

pub(super) fn smart_components(f: &mut FieldWriter<'_>, components: &SmartComponents) {
    f.number(82)
        .int(components.req_id)
        .count(components.smart_components.len());
    for component in &components.smart_components {
        f.int(component.bit_number)
            .text(component.exchange.as_ref());
        f.text(component.exchange_letter.as_ref());
    }
}

pub(super) fn depth_exchanges(f: &mut FieldWriter<'_>, exchanges: &MarketDepthExchanges) {
    f.number(80)
        .count(exchanges.depth_market_data_descriptions.len());
    for description in &exchanges.depth_market_data_descriptions {
        f.text(description.exchange.as_ref())
            .text(description.sec_type.as_ref());
        f.text(description.listing_exch.as_ref())
            .text(description.service_data_type.as_ref());
        // Read as a number without a check, and the largest one stands for none.
        f.number(description.agg_group.unwrap_or(i32::MAX));
    }
}

pub(super) fn soft_dollar_tiers(f: &mut FieldWriter<'_>, tiers: &SoftDollarTiers) {
    f.number(77)
        .int(tiers.req_id)
        .count(tiers.soft_dollar_tiers.len());
    for tier in &tiers.soft_dollar_tiers {
        f.text(tier.name.as_ref())
            .text(tier.value.as_ref())
            .text(tier.display_name.as_ref());
    }
}

pub(super) fn family_codes(f: &mut FieldWriter<'_>, codes: &FamilyCodes) {
    f.number(78).count(codes.family_codes.len());
    for code in &codes.family_codes {
        f.text(code.account_id.as_ref())
            .text(code.family_code.as_ref());
    }
}
