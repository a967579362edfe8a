//! What the server has beyond its design.

use super::{ACCOUNT, CURRENCY, EXCHANGE, ORDER_ID, REPORTS, SYMBOL, alias, prices::prices};
use crate::alias::{
    Alias,
    argument::{Kind, Place, number, part, placed, text},
    entry::Of,
    shape::tws as shape,
};

pub(in crate::alias) const EXTRA: &[Alias] = &[
    alias(
        &["modify_order", "ibkr_modify_order"],
        "modify_order",
        &[
            ORDER_ID,
            number("quantity", "quantity"),
            number("limitPrice", "limit_price"),
            number("auxPrice", "stop_price"),
            ACCOUNT,
        ],
        Of::Nothing,
        shape::placed,
    ),
    alias(
        &["get_all_orders", "ibkr_get_all_orders"],
        "get_orders",
        &[ACCOUNT],
        Of::Nothing,
        shape::orders,
    ),
    alias(
        &["get_order_status", "ibkr_get_order_status"],
        "get_order",
        &[ORDER_ID, ACCOUNT],
        Of::Nothing,
        shape::order,
    ),
    Alias {
        fixed: &[("order.type", "\"LIMIT\"")],
        ..alias(
            &["place_bracket_order", "ibkr_place_bracket_order"],
            "place_order",
            &[
                SYMBOL.required(),
                text("action", "order.side").required(),
                number("quantity", "order.quantity").required(),
                number("entryPrice", "order.limit_price").required(),
                number("takeProfitPrice", "order.take_profit").required(),
                number("stopLossPrice", "order.stop_loss").required(),
                EXCHANGE,
                CURRENCY,
                ACCOUNT,
            ],
            Of::One("order.instrument"),
            shape::bracket,
        )
    },
    Alias {
        finish: Some(prices),
        ..alias(
            &["place_option_order", "ibkr_place_option_order"],
            "place_order",
            &[
                SYMBOL.required(),
                part("expiration", "expiry").required(),
                part("strike", "strike").required(),
                part("right", "right").required(),
                part("secType", "sec_type").or("\"OPT\""),
                text("action", "order.side").required(),
                number("quantity", "order.quantity").required(),
                text("orderType", "order.type").or("\"MKT\""),
                number("limitPrice", "order.limit_price"),
                EXCHANGE,
                CURRENCY,
                ACCOUNT,
            ],
            Of::One("order.instrument"),
            shape::placed,
        )
    },
    alias(
        &["get_option_chain", "ibkr_get_option_chain"],
        "get_option_chain",
        &[
            SYMBOL.required(),
            text("expiration", "expiry").required(),
            EXCHANGE,
            CURRENCY,
        ],
        Of::One("instrument"),
        shape::chain,
    ),
    alias(
        &["get_option_chain_params", "ibkr_get_option_chain_params"],
        "get_option_expirations",
        &[part("underlyingConId", "con_id").required()],
        Of::One("instrument"),
        shape::chain_parameters,
    ),
    alias(
        &[
            "search_symbols",
            "ibkr_search_symbols",
            "get_matching_symbols",
            "ibkr_get_matching_symbols",
        ],
        "search_instruments",
        &[text("pattern", "query").required()],
        Of::Nothing,
        shape::matches,
    ),
    alias(
        &["get_managed_accounts", "ibkr_get_managed_accounts"],
        "list_accounts",
        &[],
        Of::Nothing,
        shape::managed_accounts,
    ),
    alias(
        &["get_account_values", "ibkr_get_account_values"],
        "get_account_summary",
        &[ACCOUNT],
        Of::Nothing,
        shape::values,
    ),
    alias(
        &["get_news_articles", "ibkr_get_news_articles"],
        "get_news",
        &[
            SYMBOL.required(),
            placed("providerCodes", Kind::Text, Place::Commas("providers")),
            number("totalResults", "limit").or("10"),
            EXCHANGE,
            CURRENCY,
        ],
        Of::One("instrument"),
        shape::news,
    ),
    alias(
        &["get_news_article", "ibkr_get_news_article"],
        "get_news_article",
        &[
            text("providerCode", "provider").required(),
            text("articleId", "id").required(),
        ],
        Of::Nothing,
        shape::article,
    ),
    alias(
        &["ibkr_get_fundamental_data"],
        "get_financials",
        &[
            SYMBOL.required(),
            placed("reportType", Kind::Text, Place::Words("report", REPORTS))
                .or("\"ReportSnapshot\""),
            EXCHANGE,
            CURRENCY,
        ],
        Of::One("instrument"),
        shape::fundamentals,
    ),
    alias(
        &["calculate_option_price", "ibkr_calculate_option_price"],
        "compute_option",
        &[
            SYMBOL.required(),
            part("expiration", "expiry").required(),
            part("strike", "strike").required(),
            part("right", "right").required(),
            part("secType", "sec_type").or("\"OPT\""),
            number("underlyingPrice", "underlying_price").required(),
            number("volatility", "volatility").required(),
            EXCHANGE,
            CURRENCY,
        ],
        Of::One("instrument"),
        shape::computed,
    ),
    alias(
        &["run_market_scanner", "ibkr_run_market_scanner"],
        "scan_market",
        &[
            text("scanCode", "ranking").required(),
            number("numberOfRows", "limit").or("50"),
            number("abovePrice", "price_above"),
            placed("instrument", Kind::Text, Place::Only(&["STK"])),
            placed(
                "locationCode",
                Kind::Text,
                Place::Only(&["STK.US.MAJOR", "STK.US"]),
            ),
            placed("belowPrice", Kind::Number, NO_FILTER),
            placed("aboveVolume", Kind::Number, NO_FILTER),
            placed("marketCapAbove", Kind::Number, NO_FILTER),
            placed("marketCapBelow", Kind::Number, NO_FILTER),
            placed("stockTypeFilter", Kind::Text, NO_FILTER),
            ACCOUNT,
        ],
        Of::Nothing,
        shape::scanned,
    ),
    alias(
        &["get_tick_by_tick_data", "ibkr_get_tick_by_tick_data"],
        "get_trades",
        &[
            SYMBOL.required(),
            placed("tickType", Kind::Text, Place::Only(&["Last", "AllLast"])),
            number("numberOfTicks", "limit").or("100"),
            EXCHANGE,
            CURRENCY,
        ],
        Of::One("instrument"),
        shape::trades,
    ),
    alias(
        &[
            "get_security_definition_by_conid",
            "ibkr_get_security_definition_by_conid",
        ],
        "get_contracts",
        &[part("conId", "con_id").required()],
        Of::Each("instruments"),
        shape::contracts,
    ),
];

/// What is left out of a filter makes other rows the best, so it is not left out in silence.
const NO_FILTER: Place = Place::Refused(
    "scan_market filters by the lowest price only; leave it out and filter what is answered",
);
