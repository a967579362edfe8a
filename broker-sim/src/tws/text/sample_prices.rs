//! One reply of every kind about prices, contracts and research.

use super::sample_replies::{option, s, share};
use crate::tws::message::*;

/// Live prices.
pub(super) fn live() -> Vec<Reply> {
    let depth = MarketDepthData {
        position: Some(2),
        operation: Some(1),
        side: Some(1),
        price: Some(187.25),
        size: s("300"),
        market_maker: s("ARCA"),
        is_smart_depth: Some(true),
    };
    let tick = |tick_type, tick| {
        Reply::TickByTick(TickByTickData {
            req_id: Some(9),
            tick_type: Some(tick_type),
            tick: Some(tick),
        })
    };
    vec![
        Reply::TickPrice(TickPrice {
            req_id: Some(1),
            tick_type: Some(4),
            price: Some(187.25),
            size: s("100"),
            attr_mask: Some(1),
        }),
        Reply::TickPrice(TickPrice {
            req_id: Some(1),
            tick_type: Some(1),
            price: Some(-1.0),
            size: s("0"),
            attr_mask: None,
        }),
        Reply::TickSize(TickSize {
            req_id: Some(1),
            tick_type: Some(8),
            size: s("0.125"),
        }),
        Reply::TickGeneric(TickGeneric {
            req_id: Some(1),
            tick_type: Some(49),
            value: Some(0.0),
        }),
        Reply::TickString(TickString {
            req_id: Some(1),
            tick_type: Some(45),
            value: s("1641222000"),
        }),
        Reply::TickOptionComputation(TickOptionComputation {
            req_id: Some(2),
            tick_type: Some(13),
            tick_attrib: Some(1),
            implied_vol: Some(0.25),
            delta: Some(0.5),
            opt_price: Some(5.25),
            pv_dividend: Some(0.125),
            gamma: Some(0.0625),
            vega: Some(0.375),
            theta: Some(-0.1),
            und_price: Some(187.5),
        }),
        Reply::TickOptionComputation(TickOptionComputation {
            req_id: Some(2),
            tick_type: Some(10),
            ..TickOptionComputation::default()
        }),
        Reply::TickNews(TickNews {
            req_id: Some(3),
            timestamp: Some(1_641_222_000_000),
            provider_code: s("BZ"),
            article_id: s("BZ$1"),
            headline: s("Headline"),
            extra_data: s("K:1"),
        }),
        Reply::TickSnapshotEnd(TickSnapshotEnd { req_id: Some(1) }),
        Reply::MarketDataType(MarketDataType {
            req_id: Some(1),
            market_data_type: Some(3),
        }),
        Reply::TickReqParams(TickReqParams {
            req_id: Some(1),
            min_tick: s("0.01"),
            bbo_exchange: s("9c0001"),
            snapshot_permissions: Some(3),
            ..TickReqParams::default()
        }),
        Reply::MarketDepth(MarketDepth {
            req_id: Some(4),
            market_depth_data: Some(depth.clone()),
        }),
        Reply::MarketDepthL2(MarketDepthL2 {
            req_id: Some(4),
            market_depth_data: Some(depth),
        }),
        Reply::RealTimeBar(RealTimeBarTick {
            req_id: Some(5),
            time: Some(1_641_222_000),
            open: Some(1.5),
            high: Some(4.5),
            low: Some(0.5),
            close: Some(2.5),
            volume: s("1000"),
            wap: s("2.25"),
            count: Some(7),
        }),
        tick(
            2,
            TickByTick::Last(HistoricalTickLast {
                time: Some(1_641_222_000),
                tick_attrib_last: Some(TickAttribLast {
                    past_limit: None,
                    unreported: Some(true),
                }),
                price: Some(187.25),
                size: s("10"),
                exchange: s("ARCA"),
                special_conditions: s("T"),
            }),
        ),
        tick(
            3,
            TickByTick::BidAsk(HistoricalTickBidAsk {
                time: Some(1_641_222_000),
                tick_attrib_bid_ask: Some(TickAttribBidAsk {
                    bid_past_low: Some(true),
                    ask_past_high: None,
                }),
                price_bid: Some(187.0),
                price_ask: Some(187.5),
                size_bid: s("1"),
                size_ask: s("2"),
            }),
        ),
        tick(
            4,
            TickByTick::MidPoint(HistoricalTick {
                time: Some(1_641_222_000),
                price: Some(187.125),
                size: None,
            }),
        ),
        Reply::RerouteMarketData(RerouteMarketDataRequest {
            req_id: Some(6),
            con_id: Some(265_598),
            exchange: s("NASDAQ"),
        }),
        Reply::RerouteMarketDepth(RerouteMarketDepthRequest {
            req_id: Some(6),
            con_id: Some(265_598),
            exchange: s("NASDAQ"),
        }),
    ]
}

fn bar() -> HistoricalDataBar {
    HistoricalDataBar {
        date: s("20220103"),
        open: Some(1.5),
        high: Some(4.5),
        low: Some(0.5),
        close: Some(2.5),
        volume: s("1000"),
        wap: s("2.25"),
        bar_count: Some(7),
    }
}

/// Recorded prices.
pub(super) fn recorded() -> Vec<Reply> {
    vec![
        Reply::HistoricalBars(HistoricalBars {
            data: HistoricalData {
                req_id: Some(1),
                historical_data_bars: vec![bar(), bar()],
            },
            end: HistoricalDataEnd {
                req_id: Some(1),
                start_date_str: s("20220102 16:00:00 US/Eastern"),
                end_date_str: s("20220103 16:00:00 US/Eastern"),
            },
        }),
        Reply::HistoricalDataUpdate(HistoricalDataUpdate {
            req_id: Some(1),
            historical_data_bar: Some(bar()),
        }),
        Reply::HeadTimestamp(HeadTimestamp {
            req_id: Some(2),
            head_timestamp: s("20200102-14:30:00"),
        }),
        Reply::HistogramData(HistogramData {
            req_id: Some(3),
            histogram_data_entries: vec![HistogramDataEntry {
                price: Some(187.25),
                size: s("500"),
            }],
        }),
        Reply::HistoricalSchedule(HistoricalSchedule {
            req_id: Some(4),
            start_date_time: s("20220103-09:30:00"),
            end_date_time: s("20220103-16:00:00"),
            time_zone: s("US/Eastern"),
            historical_sessions: vec![HistoricalSession {
                start_date_time: s("20220103-09:30:00"),
                end_date_time: s("20220103-16:00:01"),
                ref_date: s("20220103"),
            }],
        }),
        Reply::HistoricalTicks(HistoricalTicks {
            req_id: Some(5),
            historical_ticks: vec![HistoricalTick {
                time: Some(1_641_222_000),
                price: Some(187.25),
                size: s("10"),
            }],
            is_done: Some(true),
        }),
        Reply::HistoricalTicksBidAsk(HistoricalTicksBidAsk {
            req_id: Some(6),
            historical_ticks_bid_ask: vec![HistoricalTickBidAsk {
                time: Some(1_641_222_000),
                tick_attrib_bid_ask: Some(TickAttribBidAsk {
                    bid_past_low: Some(true),
                    ask_past_high: None,
                }),
                price_bid: Some(187.0),
                price_ask: Some(187.5),
                size_bid: s("1"),
                size_ask: s("2"),
            }],
            is_done: Some(true),
        }),
        Reply::HistoricalTicksLast(HistoricalTicksLast {
            req_id: Some(7),
            historical_ticks_last: vec![HistoricalTickLast {
                time: Some(1_641_222_000),
                tick_attrib_last: Some(TickAttribLast {
                    past_limit: Some(true),
                    unreported: None,
                }),
                price: Some(187.25),
                size: s("10"),
                exchange: s("ARCA"),
                special_conditions: s("T"),
            }],
            is_done: Some(false),
        }),
    ]
}

/// Contracts and what is looked up about them.
pub(super) fn reference() -> Vec<Reply> {
    let details = ContractDetails {
        market_name: s("AAPL"),
        min_tick: s("0.01"),
        order_types: s("LMT,MKT"),
        valid_exchanges: s("SMART,AMEX"),
        price_magnifier: Some(1),
        under_con_id: Some(265_598),
        long_name: s("Société \\ 騰訊"),
        contract_month: s("202201"),
        industry: s("Technology"),
        category: s("Computers"),
        subcategory: s("Hardware"),
        time_zone_id: s("US/Eastern"),
        trading_hours: s("20220103:0400-20220103:2000"),
        liquid_hours: s("20220103:0930-20220103:1600"),
        ev_rule: s("rule"),
        ev_multiplier: Some(2.0),
        sec_id_list: [("ISIN".to_owned(), "US0378331005".to_owned())].into(),
        agg_group: Some(2),
        under_symbol: s("AAPL"),
        under_sec_type: s("STK"),
        market_rule_ids: s("32,109"),
        real_expiration_date: s("20220121"),
        stock_type: s("COMMON"),
        min_size: s("1"),
        size_increment: s("0.5"),
        suggested_size_increment: s("100"),
        cusip: s("037833100"),
        issue_date: s("20200101"),
        ratings: s("AAA"),
        bond_type: s("CORP"),
        coupon: Some(3.0),
        coupon_type: s("FIXED"),
        convertible: Some(true),
        callable: Some(false),
        puttable: Some(true),
        desc_append: s("AAPL 3.25"),
        next_option_date: s("20230101"),
        next_option_type: s("CALL"),
        next_option_partial: Some(true),
        bond_notes: s("notes"),
        ..ContractDetails::default()
    };
    let data = |contract| ContractData {
        req_id: Some(1),
        contract: Some(contract),
        contract_details: Some(details.clone()),
    };
    let bond = Contract {
        sec_type: s("BOND"),
        last_trade_date_or_contract_month: s("20300101"),
        ..share()
    };
    vec![
        Reply::ContractData(data(option())),
        Reply::BondContractData(data(bond)),
        Reply::ContractDataEnd(ContractDataEnd { req_id: Some(1) }),
        Reply::SymbolSamples(SymbolSamples {
            req_id: Some(2),
            contract_descriptions: vec![ContractDescription {
                contract: Some(Contract {
                    description: s("APPLE INC"),
                    issuer_id: s("e1"),
                    ..share()
                }),
                derivative_sec_types: vec!["OPT".to_owned(), "WAR".to_owned()],
            }],
        }),
        Reply::MarketRule(MarketRule {
            market_rule_id: Some(26),
            price_increments: vec![PriceIncrement {
                low_edge: Some(0.0),
                increment: Some(0.01),
            }],
        }),
        Reply::SecDefOptParameter(SecDefOptParameter {
            req_id: Some(3),
            exchange: s("CBOE"),
            underlying_con_id: Some(265_598),
            trading_class: s("AAPL"),
            multiplier: s("100"),
            expirations: vec!["20220107".to_owned(), "20220121".to_owned()],
            strikes: vec![170.0, 172.5, 175.0],
        }),
        Reply::SecDefOptParameterEnd(SecDefOptParameterEnd { req_id: Some(3) }),
        Reply::SmartComponents(SmartComponents {
            req_id: Some(4),
            smart_components: vec![SmartComponent {
                bit_number: Some(1),
                exchange: s("ARCA"),
                exchange_letter: s("P"),
            }],
        }),
        Reply::MarketDepthExchanges(MarketDepthExchanges {
            depth_market_data_descriptions: vec![DepthMarketDataDescription {
                exchange: s("ARCA"),
                sec_type: s("STK"),
                listing_exch: s("NYSE"),
                service_data_type: s("Deep2"),
                agg_group: Some(1),
            }],
        }),
    ]
}

/// News, reports, scanners, calendars, display groups.
pub(super) fn research() -> Vec<Reply> {
    vec![
        Reply::NewsBulletin(NewsBulletin {
            news_msg_id: Some(1),
            news_msg_type: Some(2),
            news_message: s("Exchange down"),
            originating_exch: s("NYSE"),
        }),
        Reply::NewsProviders(NewsProviders {
            news_providers: vec![NewsProvider {
                provider_code: s("BZ"),
                provider_name: s("Benzinga"),
            }],
        }),
        Reply::NewsArticle(NewsArticle {
            req_id: Some(2),
            article_type: Some(1),
            article_text: s("<p>Text</p>"),
        }),
        Reply::HistoricalNews(HistoricalNews {
            req_id: Some(3),
            time: s("2022-01-03 10:00:00.0"),
            provider_code: s("BZ"),
            article_id: s("BZ$1"),
            headline: s("Headline"),
        }),
        Reply::HistoricalNewsEnd(HistoricalNewsEnd {
            req_id: Some(3),
            has_more: Some(true),
        }),
        Reply::FundamentalData(4, "<Report/>".to_owned()),
        Reply::ScannerParameters(ScannerParameters { xml: s("<Scan/>") }),
        Reply::ScannerData(ScannerData {
            req_id: Some(5),
            scanner_data_element: vec![ScannerDataElement {
                rank: Some(1),
                contract: Some(option()),
                market_name: s("AAPL"),
                distance: s("d"),
                benchmark: s("b"),
                projection: s("p"),
                combo_key: s("k"),
            }],
        }),
        Reply::WshMetaData(WshMetaData {
            req_id: Some(6),
            data_json: s(r#"{"meta":1}"#),
        }),
        Reply::WshEventData(WshEventData {
            req_id: Some(7),
            data_json: s(r#"{"event":1}"#),
        }),
        Reply::DisplayGroupList(DisplayGroupList {
            req_id: Some(8),
            groups: s("1|2|3"),
        }),
        Reply::DisplayGroupUpdated(DisplayGroupUpdated {
            req_id: Some(8),
            contract_info: s("265598@SMART"),
        }),
    ]
}
