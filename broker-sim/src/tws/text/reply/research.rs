//! News, reports, scanners, calendars, display groups.

use crate::tws::{message::*, text::field_writer::FieldWriter};

pub(super) fn bulletin(f: &mut FieldWriter<'_>, bulletin: &NewsBulletin) {
    f.number(14)
        .number(1)
        .int(bulletin.news_msg_id)
        .int(bulletin.news_msg_type);
    f.text(bulletin.news_message.as_ref())
        .text(bulletin.originating_exch.as_ref());
}

pub(super) fn providers(f: &mut FieldWriter<'_>, providers: &NewsProviders) {
    f.number(85).count(providers.news_providers.len());
    for provider in &providers.news_providers {
        f.text(provider.provider_code.as_ref())
            .text(provider.provider_name.as_ref());
    }
}

pub(super) fn article(f: &mut FieldWriter<'_>, article: &NewsArticle) {
    f.number(83).int(article.req_id).int(article.article_type);
    f.text(article.article_text.as_ref());
}

pub(super) fn historical_news(f: &mut FieldWriter<'_>, news: &HistoricalNews) {
    f.number(86)
        .int(news.req_id)
        .text(news.time.as_ref())
        .text(news.provider_code.as_ref());
    f.text(news.article_id.as_ref())
        .text(news.headline.as_ref());
}

pub(super) fn historical_news_end(f: &mut FieldWriter<'_>, end: &HistoricalNewsEnd) {
    f.number(87).int(end.req_id).flag(end.has_more);
}

pub(super) fn fundamental_data(f: &mut FieldWriter<'_>, request: i32, report: &str) {
    f.number(51).number(1).number(request).word(report);
}

pub(super) fn scanner_parameters(f: &mut FieldWriter<'_>, parameters: &ScannerParameters) {
    f.number(19).number(1).text(parameters.xml.as_ref());
}

pub(super) fn scanner(f: &mut FieldWriter<'_>, data: &ScannerData) {
    let absent = Contract::default();
    f.number(20)
        .number(3)
        .int(data.req_id)
        .count(data.scanner_data_element.len());
    for row in &data.scanner_data_element {
        let contract = row.contract.as_ref().unwrap_or(&absent);
        f.int(row.rank)
            .int(contract.con_id)
            .text(contract.symbol.as_ref());
        f.text(contract.sec_type.as_ref());
        f.text(contract.last_trade_date_or_contract_month.as_ref());
        f.double_or(contract.strike, 0.0)
            .text(contract.right.as_ref());
        f.text(contract.exchange.as_ref())
            .text(contract.currency.as_ref());
        f.text(contract.local_symbol.as_ref())
            .text(row.market_name.as_ref());
        f.text(contract.trading_class.as_ref())
            .text(row.distance.as_ref());
        f.text(row.benchmark.as_ref()).text(row.projection.as_ref());
        f.text(row.combo_key.as_ref());
    }
}

/// 104 and 105: a calendar's description and its events, both as JSON.
pub(super) fn calendar(
    f: &mut FieldWriter<'_>,
    message: u32,
    request: Option<i32>,
    json: Option<&String>,
) {
    f.number(message).int(request).text(json);
}

pub(super) fn group_list(f: &mut FieldWriter<'_>, list: &DisplayGroupList) {
    f.number(67)
        .number(1)
        .int(list.req_id)
        .text(list.groups.as_ref());
}

pub(super) fn group_updated(f: &mut FieldWriter<'_>, updated: &DisplayGroupUpdated) {
    f.number(68)
        .number(1)
        .int(updated.req_id)
        .text(updated.contract_info.as_ref());
}
