//! What its design promises.

use super::{
    ACCOUNT, ANY_ACCOUNT, CONTRACT, CURRENCY, EXCHANGE, FLAT, HISTORY, ORDER, ORDER_ID, SEC_TYPE,
    SECONDS, SYMBOL, alias, prices::prices,
};
use crate::alias::{
    Alias,
    argument::{Kind, Place, number, part, placed, text},
    entry::Of,
    shape::tws as shape,
};

pub(in crate::alias) const DESIGN: &[Alias] = &[
    alias(
        &["connect_tws", "ibkr_connect"],
        "connect",
        &[
            text("host", "host"),
            number("port", "port"),
            number("clientId", "client_id"),
            text("broker", "broker"),
        ],
        Of::Nothing,
        shape::connected,
    ),
    alias(
        &["disconnect_tws", "ibkr_disconnect"],
        "disconnect",
        &[text("broker", "broker")],
        Of::Nothing,
        shape::disconnected,
    ),
    alias(
        &["get_connection_status", "ibkr_get_status"],
        "get_status",
        &[],
        Of::Nothing,
        shape::status,
    ),
    alias(
        &["get_next_valid_id", "ibkr_get_next_valid_id"],
        "get_next_order_id",
        &[text("broker", "broker")],
        Of::Nothing,
        shape::next_id,
    ),
    alias(
        &["get_contract_details", "ibkr_get_contract_details"],
        "get_contracts",
        &[SYMBOL, SEC_TYPE, EXCHANGE, CURRENCY, CONTRACT],
        Of::Each("instruments"),
        shape::contracts,
    ),
    Alias {
        fixed: &[("count", "5000")],
        ..alias(
            &["get_historical_data"],
            "get_bars",
            &[
                CONTRACT,
                SYMBOL,
                SEC_TYPE,
                EXCHANGE,
                CURRENCY,
                text("durationStr", "start").or("\"30 D\""),
                text("barSizeSetting", "bar").or("\"1 day\""),
                text("whatToShow", "what"),
                placed(
                    "useRTH",
                    Kind::Flag,
                    Place::Flagged("session", "regular", "extended"),
                ),
                text("endDateTime", "end"),
            ],
            HISTORY,
            shape::bars,
        )
    },
    Alias {
        fixed: &[
            ("count", "5000"),
            ("start", "\"30 D\""),
            ("bar", "\"1 day\""),
        ],
        ..alias(
            &["ibkr_get_historical_data"],
            "get_bars",
            &[
                CONTRACT,
                SYMBOL,
                SEC_TYPE,
                EXCHANGE,
                CURRENCY,
                text("durationStr", "start"),
                text("duration", "start"),
                text("barSizeSetting", "bar"),
                text("barSize", "bar"),
                text("whatToShow", "what"),
                placed(
                    "useRTH",
                    Kind::Flag,
                    Place::Flagged("session", "regular", "extended"),
                ),
                text("endDateTime", "end"),
            ],
            HISTORY,
            shape::bars,
        )
    },
    alias(
        &["stream_market_data", "ibkr_stream_market_data"],
        "stream_market_data",
        &[SYMBOL.required(), SEC_TYPE, EXCHANGE, CURRENCY, SECONDS],
        Of::Each("symbols"),
        shape::ticks,
    ),
    alias(
        &["get_account_summary", "ibkr_get_account_summary"],
        "get_account_summary",
        &[
            ANY_ACCOUNT,
            placed("tags", Kind::Text, Place::Nowhere("the shape picks them")),
        ],
        Of::Nothing,
        shape::summary,
    ),
    alias(
        &["get_positions", "ibkr_get_positions"],
        "get_positions",
        &[ANY_ACCOUNT],
        Of::Nothing,
        shape::positions,
    ),
    alias(
        &["stream_account_updates", "ibkr_stream_account_updates"],
        "stream_account_updates",
        &[ACCOUNT, SECONDS],
        Of::Nothing,
        shape::account_updates,
    ),
    alias(
        &["get_pnl", "ibkr_get_pnl"],
        "get_pnl",
        &[ACCOUNT],
        Of::Nothing,
        shape::pnl,
    ),
    alias(
        &["get_pnl_single", "ibkr_get_pnl_single"],
        "get_pnl",
        &[ACCOUNT.required(), part("conId", "con_id").required()],
        Of::One("instrument"),
        shape::pnl,
    ),
    Alias {
        finish: Some(prices),
        ..alias(
            &["place_order", "ibkr_place_order"],
            "place_order",
            &[
                placed("contract", Kind::Object, Place::Contract).required(),
                placed("order", Kind::Object, Place::Fields(ORDER)).required(),
                ACCOUNT,
            ],
            Of::One("order.instrument"),
            shape::placed,
        )
    },
    Alias {
        finish: Some(prices),
        ..alias(
            &["place_order", "ibkr_place_order"],
            "place_order",
            FLAT,
            Of::One("order.instrument"),
            shape::placed,
        )
    },
    alias(
        &["cancel_order", "ibkr_cancel_order"],
        "cancel_order",
        &[ORDER_ID, ACCOUNT],
        Of::Nothing,
        shape::canceled,
    ),
    Alias {
        fixed: &[("open_only", "true")],
        ..alias(
            &["get_open_orders", "ibkr_get_open_orders"],
            "get_orders",
            &[ACCOUNT],
            Of::Nothing,
            shape::orders,
        )
    },
    alias(
        &["get_executions", "ibkr_get_executions"],
        "get_executions",
        &[SYMBOL, SEC_TYPE, EXCHANGE, ACCOUNT],
        Of::One("instrument"),
        shape::executions,
    ),
];
