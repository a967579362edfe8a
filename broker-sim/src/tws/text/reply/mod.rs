//! Replies, written as fields.
//!
//! One file per concern writes the fields of its messages; [`encode`] finds the writer.

mod account;
mod conditions;
mod contract;
mod execution;
mod history;
mod market_data;
mod order;
mod order_terms;
mod reference;
mod research;
mod session;

use super::{field_writer::FieldWriter, since};
use crate::tws::message::Reply;

/// Appends the body of one text frame, as a client at the agreed server version reads it.
///
/// `false`, and nothing appended, for what such a client cannot receive.
pub(crate) fn encode(version: u32, reply: &Reply, body: &mut Vec<u8>) -> bool {
    if version < introduced(reply) {
        return false;
    }
    let mut fields = FieldWriter::new(body);
    let f = &mut fields;
    match reply {
        Reply::TickPrice(tick) => market_data::tick_price(f, tick),
        Reply::TickSize(tick) => market_data::tick_size(f, tick),
        Reply::OrderStatus(status) => order::status(f, status),
        Reply::Error(error) => session::error(f, version, error),
        Reply::OpenOrder(order) => order::open(f, version, order),
        Reply::AccountValue(value) => account::value(f, value),
        Reply::PortfolioValue(value) => account::portfolio(f, value),
        Reply::AccountUpdateTime(time) => account::update_time(f, time),
        Reply::NextValidId(id) => session::next_valid_id(f, id),
        Reply::ContractData(data) => contract::data(f, version, data),
        Reply::ExecutionDetails(details) => execution::details(f, version, details),
        Reply::MarketDepth(depth) => market_data::depth(f, depth),
        Reply::MarketDepthL2(depth) => market_data::depth_by_maker(f, depth),
        Reply::NewsBulletin(bulletin) => research::bulletin(f, bulletin),
        Reply::ManagedAccounts(accounts) => session::managed_accounts(f, accounts),
        Reply::ReceiveFa(advisor) => account::advisor(f, advisor),
        Reply::HistoricalBars(bars) => history::bars(f, bars),
        Reply::BondContractData(data) => contract::bond(f, version, data),
        Reply::ScannerParameters(parameters) => research::scanner_parameters(f, parameters),
        Reply::ScannerData(data) => research::scanner(f, data),
        Reply::TickOptionComputation(tick) => market_data::option_computation(f, tick),
        Reply::TickGeneric(tick) => market_data::tick_generic(f, tick),
        Reply::TickString(tick) => market_data::tick_string(f, tick),
        Reply::CurrentTime(time) => session::current_time(f, time),
        Reply::RealTimeBar(bar) => market_data::real_time_bar(f, bar),
        Reply::ContractDataEnd(end) => versioned_end(f, 52, end.req_id),
        Reply::OpenOrdersEnd(_) => bare_end(f, 53),
        Reply::AccountDataEnd(end) => account::data_end(f, end),
        Reply::ExecutionDetailsEnd(end) => versioned_end(f, 55, end.req_id),
        Reply::TickSnapshotEnd(end) => versioned_end(f, 57, end.req_id),
        Reply::MarketDataType(kind) => market_data::data_type(f, kind),
        Reply::CommissionReport(report) => execution::commission(f, report),
        Reply::Position(position) => account::position(f, position),
        Reply::PositionEnd(_) => bare_end(f, 62),
        Reply::AccountSummary(summary) => account::summary(f, summary),
        Reply::AccountSummaryEnd(end) => versioned_end(f, 64, end.req_id),
        Reply::VerifyMessageApi(message) => session::verify_message(f, message),
        Reply::VerifyCompleted(completed) => session::verify_completed(f, completed),
        Reply::DisplayGroupList(list) => research::group_list(f, list),
        Reply::DisplayGroupUpdated(updated) => research::group_updated(f, updated),
        Reply::PositionMulti(position) => account::position_multi(f, position),
        Reply::PositionMultiEnd(end) => versioned_end(f, 72, end.req_id),
        Reply::AccountUpdateMulti(update) => account::update_multi(f, update),
        Reply::AccountUpdateMultiEnd(end) => versioned_end(f, 74, end.req_id),
        Reply::SecDefOptParameter(parameter) => reference::option_parameters(f, parameter),
        Reply::SecDefOptParameterEnd(end) => {
            f.number(76).int(end.req_id);
        }
        Reply::SoftDollarTiers(tiers) => reference::soft_dollar_tiers(f, tiers),
        Reply::FamilyCodes(codes) => reference::family_codes(f, codes),
        Reply::SymbolSamples(samples) => reference::symbol_samples(f, version, samples),
        Reply::MarketDepthExchanges(exchanges) => reference::depth_exchanges(f, exchanges),
        Reply::TickReqParams(parameters) => market_data::request_parameters(f, parameters),
        Reply::SmartComponents(components) => reference::smart_components(f, components),
        Reply::NewsArticle(article) => research::article(f, article),
        Reply::TickNews(news) => market_data::tick_news(f, news),
        Reply::NewsProviders(providers) => research::providers(f, providers),
        Reply::HistoricalNews(news) => research::historical_news(f, news),
        Reply::HistoricalNewsEnd(end) => research::historical_news_end(f, end),
        Reply::HeadTimestamp(time) => history::head_timestamp(f, time),
        Reply::HistogramData(data) => history::histogram(f, data),
        Reply::HistoricalDataUpdate(update) => history::update(f, update),
        Reply::RerouteMarketData(reroute) => {
            f.number(91)
                .int(reroute.req_id)
                .int(reroute.con_id)
                .text(reroute.exchange.as_ref());
        }
        Reply::RerouteMarketDepth(reroute) => {
            f.number(92)
                .int(reroute.req_id)
                .int(reroute.con_id)
                .text(reroute.exchange.as_ref());
        }
        Reply::MarketRule(rule) => reference::market_rule(f, rule),
        Reply::PnL(pnl) => account::profit_and_loss(f, pnl),
        Reply::PnLSingle(pnl) => account::profit_and_loss_single(f, pnl),
        Reply::HistoricalTicks(ticks) => history::ticks(f, ticks),
        Reply::HistoricalTicksBidAsk(ticks) => history::ticks_bid_ask(f, ticks),
        Reply::HistoricalTicksLast(ticks) => history::ticks_last(f, ticks),
        Reply::TickByTick(data) => return market_data::tick_by_tick(f, data),
        Reply::OrderBound(bound) => order::bound(f, bound),
        Reply::CompletedOrder(order) => order::completed(f, version, order),
        Reply::CompletedOrdersEnd(_) => {
            f.number(102);
        }
        Reply::ReplaceFaEnd(end) => account::replace_advisor_end(f, end),
        Reply::WshMetaData(data) => {
            research::calendar(f, 104, data.req_id, data.data_json.as_ref());
        }
        Reply::WshEventData(data) => {
            research::calendar(f, 105, data.req_id, data.data_json.as_ref());
        }
        Reply::HistoricalSchedule(schedule) => history::schedule(f, schedule),
        Reply::UserInfo(info) => session::user_info(f, info),
        Reply::FundamentalData(request, report) => {
            research::fundamental_data(f, *request, report);
        }
        // Bars and their end are one frame in this dialect; the rest came after it.
        Reply::HistoricalData(_)
        | Reply::HistoricalDataEnd(_)
        | Reply::CurrentTimeInMillis(_)
        | Reply::Config(_)
        | Reply::UpdateConfig(_) => return false,
    }
    true
}

/// The first server version whose clients read the message; 0 for what was there before 157.
const fn introduced(reply: &Reply) -> u32 {
    match reply {
        Reply::WshMetaData(_) | Reply::WshEventData(_) => since::WALL_STREET_HORIZON,
        Reply::HistoricalSchedule(_) => since::HISTORICAL_SCHEDULE,
        Reply::UserInfo(_) => since::USER_INFO,
        _ => 0,
    }
}

/// The end of an answer: message, version 1, request.
fn versioned_end(f: &mut FieldWriter<'_>, message: u32, request: Option<i32>) {
    f.number(message).number(1).int(request);
}

/// The end of an answer that has no request number: message, version 1.
fn bare_end(f: &mut FieldWriter<'_>, message: u32) {
    f.number(message).number(1);
}
