//! News, reports, scanners, calendars, display groups.

use super::{contract, market_data};
use crate::tws::{
    message::*,
    text::{Malformed, field_reader::FieldReader, since},
};

pub(super) fn news_bulletins(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    fields.version(&[1])?;
    Ok(Request::NewsBulletins(NewsBulletinsRequest {
        all_messages: fields.flag("allMsgs")?,
    }))
}

pub(super) fn cancel_news_bulletins(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    fields.version(&[1])?;
    Ok(Request::CancelNewsBulletins(CancelNewsBulletins {}))
}

pub(super) const fn news_providers() -> Request {
    Request::NewsProviders(NewsProvidersRequest {})
}

pub(super) fn news_article(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    Ok(Request::NewsArticle(NewsArticleRequest {
        req_id: fields.id("reqId")?,
        provider_code: fields.text("providerCode")?,
        article_id: fields.text("articleId")?,
        news_article_options: fields.options("newsArticleOptions")?,
    }))
}

pub(super) fn historical_news(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    Ok(Request::HistoricalNews(HistoricalNewsRequest {
        req_id: fields.id("reqId")?,
        con_id: fields.int("conId")?,
        provider_codes: fields.text("providerCodes")?,
        start_date_time: fields.text("startDateTime")?,
        end_date_time: fields.text("endDateTime")?,
        total_results: fields.int("totalResults")?,
        historical_news_options: fields.options("historicalNewsOptions")?,
    }))
}

/// The options that follow the report's name are "reserved for internal use" in every client:
/// they are read, and go no further.
pub(super) fn fundamental_data(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    fields.version(&[2])?;
    let req_id = fields.id("reqId")?.unwrap_or_default();
    let contract = contract::company(fields)?;
    let report_type = fields.text("reportType")?.unwrap_or_default();
    market_data::counted_options(fields)?;
    Ok(Request::FundamentalData(FundamentalDataRequest {
        req_id,
        contract,
        report_type,
    }))
}

pub(super) fn cancel_fundamental_data(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    fields.version(&[1])?;
    Ok(Request::CancelFundamentalData(
        fields.id("reqId")?.unwrap_or_default(),
    ))
}

pub(super) fn scanner_parameters(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    fields.version(&[1])?;
    Ok(Request::ScannerParameters(ScannerParametersRequest {}))
}

pub(super) fn scanner(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    let req_id = fields.id("reqId")?;
    let scanner_subscription = ScannerSubscription {
        number_of_rows: fields.int("numberOfRows")?,
        instrument: fields.text("instrument")?,
        location_code: fields.text("locationCode")?,
        scan_code: fields.text("scanCode")?,
        above_price: fields.double("abovePrice")?,
        below_price: fields.double("belowPrice")?,
        above_volume: fields.long("aboveVolume")?,
        market_cap_above: fields.double("marketCapAbove")?,
        market_cap_below: fields.double("marketCapBelow")?,
        moody_rating_above: fields.text("moodyRatingAbove")?,
        moody_rating_below: fields.text("moodyRatingBelow")?,
        sp_rating_above: fields.text("spRatingAbove")?,
        sp_rating_below: fields.text("spRatingBelow")?,
        maturity_date_above: fields.text("maturityDateAbove")?,
        maturity_date_below: fields.text("maturityDateBelow")?,
        coupon_rate_above: fields.double("couponRateAbove")?,
        coupon_rate_below: fields.double("couponRateBelow")?,
        exclude_convertible: fields.flag("excludeConvertible")?,
        average_option_volume_above: fields.long("averageOptionVolumeAbove")?,
        scanner_setting_pairs: fields.text("scannerSettingPairs")?,
        stock_type_filter: fields.text("stockTypeFilter")?,
        scanner_subscription_filter_options: fields.options("scannerSubscriptionFilterOptions")?,
        scanner_subscription_options: fields.options("scannerSubscriptionOptions")?,
    };
    Ok(Request::Scanner(ScannerSubscriptionRequest {
        req_id,
        scanner_subscription: Some(scanner_subscription),
    }))
}

pub(super) fn cancel_scanner(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    fields.version(&[1])?;
    Ok(Request::CancelScanner(CancelScannerSubscription {
        req_id: fields.id("reqId")?,
    }))
}

pub(super) fn calendar_meta_data(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    Ok(Request::WshMetaData(WshMetaDataRequest {
        req_id: fields.id("reqId")?,
    }))
}

pub(super) fn cancel_calendar_meta_data(
    fields: &mut FieldReader<'_>,
) -> Result<Request, Malformed> {
    Ok(Request::CancelWshMetaData(CancelWshMetaData {
        req_id: fields.id("reqId")?,
    }))
}

pub(super) fn calendar_events(
    version: u32,
    fields: &mut FieldReader<'_>,
) -> Result<Request, Malformed> {
    let mut request = WshEventDataRequest {
        req_id: fields.id("reqId")?,
        con_id: fields.int("conId")?,
        ..WshEventDataRequest::default()
    };
    if version >= since::EVENT_FILTERS {
        request.filter = fields.text("filter")?;
        request.fill_watchlist = fields.flag("fillWatchlist")?;
        request.fill_portfolio = fields.flag("fillPortfolio")?;
        request.fill_competitors = fields.flag("fillCompetitors")?;
    }
    if version >= since::EVENT_DATES {
        request.start_date = fields.text("startDate")?;
        request.end_date = fields.text("endDate")?;
        request.total_limit = fields.int("totalLimit")?;
    }
    Ok(Request::WshEventData(request))
}

pub(super) fn cancel_calendar_events(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    Ok(Request::CancelWshEventData(CancelWshEventData {
        req_id: fields.id("reqId")?,
    }))
}

pub(super) fn display_groups(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    fields.version(&[1])?;
    Ok(Request::QueryDisplayGroups(QueryDisplayGroupsRequest {
        req_id: fields.id("reqId")?,
    }))
}

pub(super) fn subscribe_to_group(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    fields.version(&[1])?;
    Ok(Request::SubscribeToGroupEvents(
        SubscribeToGroupEventsRequest {
            req_id: fields.id("reqId")?,
            group_id: fields.int("groupId")?,
        },
    ))
}

pub(super) fn update_group(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    fields.version(&[1])?;
    Ok(Request::UpdateDisplayGroup(UpdateDisplayGroupRequest {
        req_id: fields.id("reqId")?,
        contract_info: fields.text("contractInfo")?,
    }))
}

pub(super) fn unsubscribe_from_group(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    fields.version(&[1])?;
    Ok(Request::UnsubscribeFromGroupEvents(
        UnsubscribeFromGroupEventsRequest {
            req_id: fields.id("reqId")?,
        },
    ))
}
