//! Recorded prices.

use super::contract;
use crate::tws::{
    message::*,
    text::{Malformed, field_reader::FieldReader},
};

pub(super) fn historical_data(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    let req_id = fields.id("reqId")?;
    let mut contract = contract::contract_or_expired(fields)?;
    let end_date_time = fields.text("endDateTime")?;
    let bar_size_setting = fields.text("barSizeSetting")?;
    let duration = fields.text("durationStr")?;
    let use_rth = fields.flag("useRTH")?;
    let what_to_show = fields.text("whatToShow")?;
    let format_date = fields.int("formatDate")?;
    if contract::is_combination(&contract) {
        contract.combo_legs = contract::legs(fields)?;
    }
    Ok(Request::HistoricalData(HistoricalDataRequest {
        req_id,
        contract: Some(contract),
        end_date_time,
        bar_size_setting,
        duration,
        use_rth,
        what_to_show,
        format_date,
        keep_up_to_date: fields.flag("keepUpToDate")?,
        chart_options: fields.options("chartOptions")?,
    }))
}

pub(super) fn cancel_historical_data(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    fields.version(&[1])?;
    Ok(Request::CancelHistoricalData(CancelHistoricalData {
        req_id: fields.id("reqId")?,
    }))
}

pub(super) fn head_timestamp(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    Ok(Request::HeadTimestamp(HeadTimestampRequest {
        req_id: fields.id("reqId")?,
        contract: Some(contract::contract_or_expired(fields)?),
        use_rth: fields.flag("useRTH")?,
        what_to_show: fields.text("whatToShow")?,
        format_date: fields.int("formatDate")?,
    }))
}

pub(super) fn cancel_head_timestamp(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    Ok(Request::CancelHeadTimestamp(CancelHeadTimestamp {
        req_id: fields.id("reqId")?,
    }))
}

pub(super) fn histogram(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    Ok(Request::Histogram(HistogramDataRequest {
        req_id: fields.id("reqId")?,
        contract: Some(contract::contract_or_expired(fields)?),
        use_rth: fields.flag("useRTH")?,
        time_period: fields.text("timePeriod")?,
    }))
}

pub(super) fn cancel_histogram(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    Ok(Request::CancelHistogram(CancelHistogramData {
        req_id: fields.id("reqId")?,
    }))
}

pub(super) fn historical_ticks(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    Ok(Request::HistoricalTicks(HistoricalTicksRequest {
        req_id: fields.id("reqId")?,
        contract: Some(contract::contract_or_expired(fields)?),
        start_date_time: fields.text("startDateTime")?,
        end_date_time: fields.text("endDateTime")?,
        number_of_ticks: fields.int("numberOfTicks")?,
        what_to_show: fields.text("whatToShow")?,
        use_rth: fields.flag("useRth")?,
        ignore_size: fields.flag("ignoreSize")?,
        misc_options: fields.options("miscOptions")?,
    }))
}
