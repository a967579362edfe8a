//! Recorded prices.

use crate::tws::{message::*, text::field_writer::FieldWriter};

/// Bars, with the range that they cover in front.
pub(super) fn bars(f: &mut FieldWriter<'_>, bars: &HistoricalBars) {
    f.number(17).int(bars.end.req_id);
    f.text(bars.end.start_date_str.as_ref())
        .text(bars.end.end_date_str.as_ref());
    f.count(bars.data.historical_data_bars.len());
    for bar in &bars.data.historical_data_bars {
        f.text(bar.date.as_ref()).amount(bar.open).amount(bar.high);
        f.amount(bar.low)
            .amount(bar.close)
            .quantity(bar.volume.as_ref());
        f.quantity(bar.wap.as_ref()).int(bar.bar_count);
    }
}

/// The newest bar; its close stands before its high.
pub(super) fn update(f: &mut FieldWriter<'_>, update: &HistoricalDataUpdate) {
    let absent = HistoricalDataBar::default();
    let bar = update.historical_data_bar.as_ref().unwrap_or(&absent);
    f.number(90)
        .int(update.req_id)
        .int(bar.bar_count)
        .text(bar.date.as_ref());
    f.amount(bar.open).amount(bar.close).amount(bar.high);
    f.amount(bar.low)
        .quantity(bar.wap.as_ref())
        .quantity(bar.volume.as_ref());
}

pub(super) fn head_timestamp(f: &mut FieldWriter<'_>, time: &HeadTimestamp) {
    f.number(88)
        .int(time.req_id)
        .text(time.head_timestamp.as_ref());
}

pub(super) fn histogram(f: &mut FieldWriter<'_>, data: &HistogramData) {
    f.number(89)
        .int(data.req_id)
        .count(data.histogram_data_entries.len());
    for entry in &data.histogram_data_entries {
        f.amount(entry.price).quantity(entry.size.as_ref());
    }
}

pub(super) fn schedule(f: &mut FieldWriter<'_>, schedule: &HistoricalSchedule) {
    f.number(106)
        .int(schedule.req_id)
        .text(schedule.start_date_time.as_ref());
    f.text(schedule.end_date_time.as_ref())
        .text(schedule.time_zone.as_ref());
    f.count(schedule.historical_sessions.len());
    for session in &schedule.historical_sessions {
        f.text(session.start_date_time.as_ref())
            .text(session.end_date_time.as_ref());
        f.text(session.ref_date.as_ref());
    }
}

pub(super) fn ticks(f: &mut FieldWriter<'_>, ticks: &HistoricalTicks) {
    f.number(96)
        .int(ticks.req_id)
        .count(ticks.historical_ticks.len());
    for tick in &ticks.historical_ticks {
        // A field that the clients read and drop stands between the time and the price.
        f.long(tick.time)
            .number(0)
            .amount(tick.price)
            .quantity(tick.size.as_ref());
    }
    f.flag(ticks.is_done);
}

/// The attributes' bits are the other way round than in a live tick.
pub(super) fn ticks_bid_ask(f: &mut FieldWriter<'_>, ticks: &HistoricalTicksBidAsk) {
    f.number(97)
        .int(ticks.req_id)
        .count(ticks.historical_ticks_bid_ask.len());
    for tick in &ticks.historical_ticks_bid_ask {
        let attributes = tick.tick_attrib_bid_ask.as_ref();
        let ask = u8::from(
            attributes
                .and_then(|attributes| attributes.ask_past_high)
                .unwrap_or(false),
        );
        let bid = u8::from(
            attributes
                .and_then(|attributes| attributes.bid_past_low)
                .unwrap_or(false),
        );
        f.long(tick.time).number(ask | bid << 1);
        f.amount(tick.price_bid).amount(tick.price_ask);
        f.quantity(tick.size_bid.as_ref())
            .quantity(tick.size_ask.as_ref());
    }
    f.flag(ticks.is_done);
}

pub(super) fn ticks_last(f: &mut FieldWriter<'_>, ticks: &HistoricalTicksLast) {
    f.number(98)
        .int(ticks.req_id)
        .count(ticks.historical_ticks_last.len());
    for tick in &ticks.historical_ticks_last {
        f.long(tick.time).number(super::market_data::last_mask(
            tick.tick_attrib_last.as_ref(),
        ));
        f.amount(tick.price).quantity(tick.size.as_ref());
        f.text(tick.exchange.as_ref())
            .text(tick.special_conditions.as_ref());
    }
    f.flag(ticks.is_done);
}
