//! The tools of `tiger-mcp`.

use serde_json::{Map, Value};

use super::{
    Alias, Profile, Target,
    argument::{Argument, Kind, Place, flag, id, number, part, placed, text},
    entry::{Of, Shape},
    shape::tiger as shape,
};
use crate::Fault;

const fn alias(
    name: &'static [&'static str],
    target: Target,
    arguments: &'static [Argument],
    of: Of,
    shape: fn(&Value, &Map<String, Value>) -> Value,
) -> Alias {
    Alias {
        profile: Profile::Tiger,
        names: name,
        target,
        arguments,
        of,
        fixed: &[],
        finish: None,
        shape: Shape::Json(shape),
    }
}

/// The account whose permission for market data counts.
const DATA: Argument = text("data_account_id", "account");
const ACCOUNT: Argument = text("account_id", "account");
const SYMBOL: Argument = part("symbol", "symbol").required();

const STATES: &[(&str, &str)] = &[
    ("FILLED", "filled"),
    ("PARTIAL_FILLED", "partially_filled"),
    ("CANCELLED", "cancelled"),
    ("REJECTED", "rejected"),
];

const SECRET: &str = "a secret is never an argument: store it with `broker-mcp secret put`, then give \
its name as `credentials_ref`";

pub(super) const ALIASES: &[Alias] = &[
    alias(
        &["tiger_get_quote"],
        Target::One("get_quotes"),
        &[SYMBOL, DATA],
        Of::Each("symbols"),
        shape::quote,
    ),
    alias(
        &["tiger_get_kline"],
        Target::One("get_bars"),
        &[
            SYMBOL,
            text("period", "bar").or("\"1d\""),
            number("count", "count").or("100"),
            DATA,
        ],
        Of::One("instrument"),
        shape::bars,
    ),
    alias(
        &["tiger_get_market_data"],
        Target::One("get_quotes"),
        &[
            placed("symbols", Kind::Texts, Place::To("symbols"))
                .required()
                .at_most(50),
            placed(
                "fields",
                Kind::Texts,
                Place::Nowhere("every field is answered"),
            ),
            DATA,
        ],
        Of::Nothing,
        shape::quotes,
    ),
    alias(
        &["tiger_search_symbols"],
        Target::One("search_instruments"),
        &[
            text("keyword", "query").required(),
            text("market", "market").or("\"US\""),
            DATA,
        ],
        Of::Nothing,
        shape::matches,
    ),
    alias(
        &["tiger_get_option_chain"],
        Target::ChainOfNearestExpiry,
        &[SYMBOL, text("expiry", "expiry"), DATA],
        Of::One("instrument"),
        shape::chain,
    ),
    alias(
        &["tiger_get_market_status"],
        Target::One("get_market_status"),
        &[text("market", "market").or("\"US\""), DATA],
        Of::Nothing,
        shape::market,
    ),
    alias(
        &["tiger_get_contracts"],
        Target::One("get_contracts"),
        &[
            placed("symbols", Kind::Texts, Place::Instruments)
                .required()
                .at_most(20),
            DATA,
        ],
        Of::Each("instruments"),
        shape::contracts,
    ),
    alias(
        &["tiger_get_financials"],
        Target::One("get_financials"),
        &[SYMBOL, DATA],
        Of::One("instrument"),
        shape::financials,
    ),
    alias(
        &["tiger_get_corporate_actions"],
        Target::One("get_corporate_actions"),
        &[SYMBOL, DATA],
        Of::Each("instruments"),
        shape::actions,
    ),
    alias(
        &["tiger_get_earnings"],
        Target::One("get_earnings"),
        &[SYMBOL, DATA],
        Of::Each("instruments"),
        shape::earnings,
    ),
    Alias {
        finish: Some(no_status_of_all),
        ..alias(
            &["tiger_list_accounts"],
            Target::One("list_accounts"),
            &[
                placed(
                    "environment",
                    Kind::Text,
                    Place::Words(
                        "kind",
                        &[
                            ("production", "live"),
                            ("prod", "live"),
                            ("sandbox", "paper"),
                        ],
                    ),
                ),
                placed(
                    "account_type",
                    Kind::Text,
                    Place::Nowhere("the type is answered; filter it there"),
                ),
                text("status", "status"),
                placed(
                    "include_inactive",
                    Kind::Flag,
                    Place::Flagged("status", "all", "active"),
                )
                .or("false"),
            ],
            Of::Nothing,
            shape::account_list,
        )
    },
    Alias {
        fixed: &[("broker", "\"tiger\"")],
        ..alias(
            &["tiger_add_account"],
            Target::One("add_account"),
            &[
                text("name", "alias").required(),
                placed("api_key", Kind::Text, Place::Refused(SECRET)),
                placed("secret_key", Kind::Text, Place::Refused(SECRET)),
                text("credentials_ref", "credentials_ref"),
                placed(
                    "account_type",
                    Kind::Text,
                    Place::Nowhere("the broker says which type it is"),
                ),
                placed(
                    "is_paper",
                    Kind::Flag,
                    Place::Flagged("kind", "paper", "live"),
                )
                .or("false"),
                placed(
                    "environment",
                    Kind::Text,
                    Place::Nowhere("is_paper says it"),
                ),
                placed(
                    "market_permissions",
                    Kind::Texts,
                    Place::Nowhere("the broker says them"),
                ),
                placed("description", Kind::Text, Place::Nowhere("not kept")),
                placed(
                    "is_default_trading",
                    Kind::Flag,
                    Place::Nowhere("call tiger_set_default_trading_account"),
                ),
                placed(
                    "is_default_data",
                    Kind::Flag,
                    Place::Nowhere("call tiger_set_default_data_account"),
                ),
                placed(
                    "server_url",
                    Kind::Text,
                    Place::Refused("where a broker is, only the operator says"),
                ),
            ],
            Of::Nothing,
            shape::account,
        )
    },
    alias(
        &["tiger_remove_account"],
        Target::One("remove_account"),
        &[ACCOUNT.required(), flag("force", "force").or("false")],
        Of::Nothing,
        shape::account,
    ),
    alias(
        &["tiger_get_account_status"],
        Target::One("get_account_status"),
        &[ACCOUNT.required()],
        Of::Nothing,
        shape::account_status,
    ),
    alias(
        &["tiger_refresh_token"],
        Target::One("refresh_token"),
        &[ACCOUNT.required()],
        Of::Nothing,
        shape::token,
    ),
    Alias {
        fixed: &[("purpose", "\"data\"")],
        ..alias(
            &["tiger_set_default_data_account"],
            Target::One("set_default_account"),
            &[ACCOUNT.required()],
            Of::Nothing,
            shape::account,
        )
    },
    Alias {
        fixed: &[("purpose", "\"trading\"")],
        ..alias(
            &["tiger_set_default_trading_account"],
            Target::One("set_default_account"),
            &[ACCOUNT.required()],
            Of::Nothing,
            shape::account,
        )
    },
    alias(
        &["tiger_get_positions"],
        Target::One("get_positions"),
        &[ACCOUNT],
        Of::Nothing,
        shape::positions,
    ),
    alias(
        &["tiger_get_account_info"],
        Target::One("get_account_summary"),
        &[ACCOUNT],
        Of::Nothing,
        shape::summary,
    ),
    Alias {
        finish: Some(pending_is_open),
        ..alias(
            &["tiger_get_orders"],
            Target::One("get_orders"),
            &[
                ACCOUNT,
                placed("status", Kind::Text, Place::Words("status", STATES)),
                part("symbol", "symbol"),
                text("start_date", "start"),
                text("end_date", "end"),
                number("limit", "limit").or("100"),
            ],
            Of::One("instrument"),
            shape::orders,
        )
    },
    alias(
        &["tiger_place_order"],
        Target::One("place_order"),
        &[
            SYMBOL,
            text("side", "order.side").required(),
            number("quantity", "order.quantity").required(),
            text("order_type", "order.type").required(),
            number("price", "order.limit_price"),
            number("stop_price", "order.stop_price"),
            text("time_in_force", "order.time_in_force").or("\"DAY\""),
            ACCOUNT,
        ],
        Of::One("order.instrument"),
        shape::order,
    ),
    alias(
        &["tiger_cancel_order"],
        Target::One("cancel_order"),
        &[id("order_id", "order_id").required(), ACCOUNT],
        Of::Nothing,
        shape::order,
    ),
    alias(
        &["tiger_modify_order"],
        Target::One("modify_order"),
        &[
            id("order_id", "order_id").required(),
            number("new_quantity", "quantity"),
            number("new_price", "limit_price"),
            number("new_stop_price", "stop_price"),
            ACCOUNT,
        ],
        Of::Nothing,
        shape::order,
    ),
    alias(
        &["get_portfolio"],
        Target::Portfolio,
        &[text("account", "account"), ACCOUNT],
        Of::Nothing,
        shape::portfolio,
    ),
];

/// `PENDING` is every order that still works.
fn pending_is_open(arguments: &mut Map<String, Value>) -> Result<(), Fault> {
    if arguments.get("status").and_then(Value::as_str) == Some("PENDING") {
        arguments.remove("status");
        arguments.insert("open_only".to_owned(), Value::Bool(true));
    }
    Ok(())
}

/// All accounts are what is listed when no status is asked for.
fn no_status_of_all(arguments: &mut Map<String, Value>) -> Result<(), Fault> {
    if arguments.get("status").and_then(Value::as_str) == Some("all") {
        arguments.remove("status");
    }
    Ok(())
}
