//! Requests, read from fields.
//!
//! One file per concern reads the fields of its messages; [`decode`] finds the message by its
//! number. Zeros and identifiers stay as the client wrote them: clients of this dialect write 0
//! where those of the other leave a field out.

mod account;
mod conditions;
mod contract;
mod history;
mod market_data;
mod order;
mod place_order;
mod reference;
mod research;
mod session;

use super::{Malformed, Reason, field_reader::FieldReader, since};
use crate::tws::message::Request;

/// Reads the body of one text frame, as a client writes it at the agreed server version.
///
/// # Errors
/// [`Malformed`] names the field at which reading stopped, and the request or order if known.
pub(crate) fn decode(version: u32, body: &[u8]) -> Result<Request, Malformed> {
    let mut fields = FieldReader::new(body);
    let request = read(version, &mut fields)?;
    fields.end()?;
    Ok(request)
}

fn read(version: u32, fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    let number = fields.message()?;
    if version < introduced(number) {
        return Err(unknown(fields, number));
    }
    match number {
        1 => market_data::market_data(fields),
        2 => market_data::cancel_market_data(fields),
        3 => order::place_order(version, fields),
        4 => order::cancel_order(version, fields),
        5 => order::open_orders(fields),
        6 => account::account_data(fields),
        7 => order::executions(fields),
        8 => session::ids(fields),
        9 => reference::contract_data(version, fields),
        10 => market_data::market_depth(fields),
        11 => market_data::cancel_market_depth(fields),
        12 => research::news_bulletins(fields),
        13 => research::cancel_news_bulletins(fields),
        14 => session::log_level(fields),
        15 => order::auto_open_orders(fields),
        16 => order::all_open_orders(fields),
        17 => session::managed_accounts(fields),
        18 => account::advisor(fields),
        19 => account::replace_advisor(fields),
        20 => history::historical_data(fields),
        21 => order::exercise_options(fields),
        22 => research::scanner(fields),
        23 => research::cancel_scanner(fields),
        24 => research::scanner_parameters(fields),
        25 => history::cancel_historical_data(fields),
        49 => session::current_time(fields),
        50 => market_data::real_time_bars(fields),
        51 => market_data::cancel_real_time_bars(fields),
        52 => research::fundamental_data(fields),
        53 => research::cancel_fundamental_data(fields),
        54 => market_data::implied_volatility(fields),
        55 => market_data::option_price(fields),
        56 => market_data::cancel_implied_volatility(fields),
        57 => market_data::cancel_option_price(fields),
        58 => order::global_cancel(fields),
        59 => market_data::market_data_type(fields),
        61 => account::positions(fields),
        62 => account::account_summary(fields),
        63 => account::cancel_account_summary(fields),
        64 => account::cancel_positions(fields),
        65 => session::verify(fields),
        66 => session::verify_message(fields),
        67 => research::display_groups(fields),
        68 => research::subscribe_to_group(fields),
        69 => research::update_group(fields),
        70 => research::unsubscribe_from_group(fields),
        71 => session::start(fields),
        74 => account::positions_multi(fields),
        75 => account::cancel_positions_multi(fields),
        76 => account::updates_multi(fields),
        77 => account::cancel_updates_multi(fields),
        78 => reference::option_parameters(fields),
        79 => reference::soft_dollar_tiers(fields),
        80 => Ok(reference::family_codes()),
        81 => reference::matching_symbols(fields),
        82 => Ok(reference::depth_exchanges()),
        83 => reference::smart_components(fields),
        84 => research::news_article(fields),
        85 => Ok(research::news_providers()),
        86 => research::historical_news(fields),
        87 => history::head_timestamp(fields),
        88 => history::histogram(fields),
        89 => history::cancel_histogram(fields),
        90 => history::cancel_head_timestamp(fields),
        91 => reference::market_rule(fields),
        92 => account::profit_and_loss(fields),
        93 => account::cancel_profit_and_loss(fields),
        94 => account::profit_and_loss_single(fields),
        95 => account::cancel_profit_and_loss_single(fields),
        96 => history::historical_ticks(fields),
        97 => market_data::tick_by_tick(fields),
        98 => market_data::cancel_tick_by_tick(fields),
        99 => order::completed_orders(fields),
        100 => research::calendar_meta_data(fields),
        101 => research::cancel_calendar_meta_data(fields),
        102 => research::calendar_events(version, fields),
        103 => research::cancel_calendar_events(fields),
        104 => session::user_info(fields),
        // 72 and 73, a vendor's own authentication, are not published; the rest has no text form.
        other => Err(unknown(fields, other)),
    }
}

/// The first server version that reads the message; 0 for what was there before version 157.
const fn introduced(number: u32) -> u32 {
    match number {
        100..=103 => since::WALL_STREET_HORIZON,
        104 => since::USER_INFO,
        _ => 0,
    }
}

fn unknown(fields: &FieldReader<'_>, number: u32) -> Malformed {
    fields.wrong(0, "message", Reason::UnknownMessage(number))
}
