//! Live prices.

use crate::tws::{message::*, text::field_writer::FieldWriter};

pub(super) fn tick_price(f: &mut FieldWriter<'_>, tick: &TickPrice) {
    f.number(1).number(6).int(tick.req_id).int(tick.tick_type);
    f.double(tick.price)
        .quantity(tick.size.as_ref())
        .int(tick.attr_mask);
}

pub(super) fn tick_size(f: &mut FieldWriter<'_>, tick: &TickSize) {
    f.number(2)
        .number(6)
        .int(tick.req_id)
        .int(tick.tick_type)
        .quantity(tick.size.as_ref());
}

pub(super) fn tick_generic(f: &mut FieldWriter<'_>, tick: &TickGeneric) {
    f.number(45)
        .number(6)
        .int(tick.req_id)
        .int(tick.tick_type)
        .double(tick.value);
}

pub(super) fn tick_string(f: &mut FieldWriter<'_>, tick: &TickString) {
    f.number(46)
        .number(6)
        .int(tick.req_id)
        .int(tick.tick_type)
        .text(tick.value.as_ref());
}

/// -1 stands for a volatility, a price or a dividend that is not computed, -2 for a greek.
pub(super) fn option_computation(f: &mut FieldWriter<'_>, tick: &TickOptionComputation) {
    f.number(21)
        .int(tick.req_id)
        .int(tick.tick_type)
        .int(tick.tick_attrib);
    f.double_or(tick.implied_vol, -1.0)
        .double_or(tick.delta, -2.0);
    f.double_or(tick.opt_price, -1.0)
        .double_or(tick.pv_dividend, -1.0);
    f.double_or(tick.gamma, -2.0)
        .double_or(tick.vega, -2.0)
        .double_or(tick.theta, -2.0);
    f.double_or(tick.und_price, -1.0);
}

pub(super) fn tick_news(f: &mut FieldWriter<'_>, news: &TickNews) {
    f.number(84)
        .int(news.req_id)
        .long(news.timestamp)
        .text(news.provider_code.as_ref());
    f.text(news.article_id.as_ref())
        .text(news.headline.as_ref());
    f.text(news.extra_data.as_ref());
}

pub(super) fn data_type(f: &mut FieldWriter<'_>, kind: &MarketDataType) {
    f.number(58)
        .number(1)
        .int(kind.req_id)
        .int(kind.market_data_type);
}

pub(super) fn request_parameters(f: &mut FieldWriter<'_>, parameters: &TickReqParams) {
    f.number(81)
        .int(parameters.req_id)
        .text(parameters.min_tick.as_ref());
    f.text(parameters.bbo_exchange.as_ref())
        .int(parameters.snapshot_permissions);
}

pub(super) fn depth(f: &mut FieldWriter<'_>, depth: &MarketDepth) {
    let absent = MarketDepthData::default();
    let data = depth.market_depth_data.as_ref().unwrap_or(&absent);
    f.number(12)
        .number(1)
        .int(depth.req_id)
        .int(data.position)
        .int(data.operation);
    f.int(data.side)
        .amount(data.price)
        .quantity(data.size.as_ref());
}

pub(super) fn depth_by_maker(f: &mut FieldWriter<'_>, depth: &MarketDepthL2) {
    let absent = MarketDepthData::default();
    let data = depth.market_depth_data.as_ref().unwrap_or(&absent);
    f.number(13).number(1).int(depth.req_id).int(data.position);
    f.text(data.market_maker.as_ref())
        .int(data.operation)
        .int(data.side);
    f.amount(data.price)
        .quantity(data.size.as_ref())
        .flag(data.is_smart_depth);
}

pub(super) fn real_time_bar(f: &mut FieldWriter<'_>, bar: &RealTimeBarTick) {
    f.number(50).number(3).int(bar.req_id).long(bar.time);
    f.amount(bar.open).amount(bar.high).amount(bar.low);
    f.amount(bar.close)
        .quantity(bar.volume.as_ref())
        .quantity(bar.wap.as_ref());
    f.int(bar.count);
}

/// `false`, and nothing written, for a message without a tick in it.
pub(super) fn tick_by_tick(f: &mut FieldWriter<'_>, data: &TickByTickData) -> bool {
    let Some(tick) = &data.tick else { return false };
    f.number(99).int(data.req_id);
    match tick {
        TickByTick::Last(tick) => {
            // 1 for trades, 2 for all trades; only the message itself tells them apart.
            f.number(data.tick_type.unwrap_or(1))
                .long(tick.time)
                .amount(tick.price);
            f.quantity(tick.size.as_ref())
                .number(last_mask(tick.tick_attrib_last.as_ref()));
            f.text(tick.exchange.as_ref())
                .text(tick.special_conditions.as_ref());
        }
        TickByTick::BidAsk(tick) => {
            let attributes = tick.tick_attrib_bid_ask.as_ref();
            let bid = u8::from(
                attributes
                    .and_then(|attributes| attributes.bid_past_low)
                    .unwrap_or(false),
            );
            let ask = u8::from(
                attributes
                    .and_then(|attributes| attributes.ask_past_high)
                    .unwrap_or(false),
            );
            f.number(3).long(tick.time).amount(tick.price_bid);
            f.amount(tick.price_ask).quantity(tick.size_bid.as_ref());
            f.quantity(tick.size_ask.as_ref()).number(bid | ask << 1);
        }
        TickByTick::MidPoint(tick) => {
            f.number(4).long(tick.time).amount(tick.price);
        }
    }
    true
}

/// The attributes of a trade, live or recorded.
pub(super) fn last_mask(attributes: Option<&TickAttribLast>) -> u8 {
    let past = attributes
        .and_then(|attributes| attributes.past_limit)
        .unwrap_or(false);
    let unreported = attributes
        .and_then(|attributes| attributes.unreported)
        .unwrap_or(false);
    u8::from(past) | u8::from(unreported) << 1
}
