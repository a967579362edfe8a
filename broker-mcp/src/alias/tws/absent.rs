//! What its broker can do and ours has no word for. The names are understood, so that a caller is told why
//! and what to call instead, and not that there is no such tool.

use serde_json::Value;

use crate::alias::{
    Alias, Profile, Target,
    entry::{Of, Shape},
};

/// A tool that there is no operation for.
const fn absent(names: &'static [&'static str], why: &'static str) -> Alias {
    Alias {
        profile: Profile::Tws,
        names,
        target: Target::Unsupported(why),
        arguments: &[],
        of: Of::Nothing,
        fixed: &[],
        finish: None,
        shape: Shape::Json(|answer, _| Value::clone(answer)),
    }
}

pub(in crate::alias) const ABSENT: &[Alias] = &[
    absent(
        &["get_news_providers", "ibkr_get_news_providers"],
        "a broker is not asked for a list of its news providers here; each headline of get_news names its own",
    ),
    absent(
        &["get_market_rule", "ibkr_get_market_rule"],
        "price steps are not asked for by the number of a rule; get_contracts answers those of each contract",
    ),
    absent(
        &["get_head_timestamp", "ibkr_get_head_timestamp"],
        "how far back prices reach is not asked here; get_bars answers as many as there are since `start`",
    ),
    absent(
        &["set_market_data_type", "ibkr_set_market_data_type"],
        "nothing is kept between calls; say `data_mode` in each get_quotes, and see `delayed` in its answer",
    ),
    absent(
        &["get_histogram_data", "ibkr_get_histogram_data"],
        "a broker is not asked for histograms here; get_bars answers prices with their volumes",
    ),
    absent(
        &["get_scanner_parameters", "ibkr_get_scanner_parameters"],
        "scans are the three that every broker has: scan_market ranks by top_gainers, top_losers and most_active",
    ),
    absent(
        &["get_smart_components", "ibkr_get_smart_components"],
        "exchanges have their ISO 10383 codes here, and single letters of one broker's quotes do not appear",
    ),
    absent(
        &["get_wsh_meta_data", "ibkr_get_wsh_meta_data"],
        "the calendar of Wall Street Horizon is not read; get_earnings and get_corporate_actions answer dates",
    ),
    absent(
        &["get_wsh_event_data", "ibkr_get_wsh_event_data"],
        "the calendar of Wall Street Horizon is not read; get_earnings and get_corporate_actions answer dates",
    ),
    absent(
        &["get_current_time", "ibkr_get_current_time"],
        "a broker's clock is not asked by itself; `meta.as_of` of every answer says of when it is",
    ),
];
