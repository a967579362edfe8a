//! The tools of `mcp-ib-paper`. All of them answer Markdown; our own answer goes with it.

use serde_json::{Map, Value};

use super::{
    Alias, Profile, Target,
    argument::{Argument, Kind, Place, number, part, placed, text},
    entry::{Of, Shape},
    shape::markdown,
};
use crate::Fault;

const fn alias(
    names: &'static [&'static str],
    target: &'static str,
    arguments: &'static [Argument],
    of: Of,
    write: fn(&Value, &Map<String, Value>) -> String,
) -> Alias {
    Alias {
        profile: Profile::IbPaper,
        names,
        target: Target::One(target),
        arguments,
        of,
        fixed: &[],
        finish: None,
        shape: Shape::Markdown(write),
    }
}

/// An empty account is all of them there.
const ANY_ACCOUNT: Argument = text("account", "account").or("\"all\"");
const SYMBOL: Argument = part("symbol", "symbol").required();
const EXCHANGE: Argument = part("exchange", "exchange");
const CURRENCY: Argument = part("currency", "currency");
const LOOKUP: &[Argument] = &[SYMBOL, part("sec_type", "sec_type"), EXCHANGE, CURRENCY];

const REPORTS: &[(&str, &str)] = &[
    ("ReportsFinSummary", "summary"),
    ("ReportsFinStatements", "statements"),
    ("ReportsOwnership", "ownership"),
    ("RESC", "estimates"),
    ("CalendarReport", "calendar"),
];

pub(super) const ALIASES: &[Alias] = &[
    alias(
        &["lookup_contract", "get_contract_details"],
        "get_contracts",
        LOOKUP,
        Of::Each("instruments"),
        markdown::contracts,
    ),
    alias(
        &["ticker_to_conid"],
        "get_contracts",
        LOOKUP,
        Of::Each("instruments"),
        markdown::con_id,
    ),
    Alias {
        fixed: &[("limit", "10")],
        ..alias(
            &["search_contracts"],
            "search_instruments",
            &[text("pattern", "query").required()],
            Of::Nothing,
            markdown::matches,
        )
    },
    alias(
        &["get_historical_data"],
        "get_bars",
        &[
            SYMBOL,
            text("duration", "start").or("\"1 M\""),
            text("bar_size", "bar").or("\"1 day\""),
            text("data_type", "what").or("\"TRADES\""),
            number("max_bars", "count").or("20"),
            EXCHANGE,
            CURRENCY,
        ],
        Of::One("instrument"),
        markdown::bars,
    ),
    alias(
        &["get_historical_news"],
        "get_news",
        &[
            SYMBOL,
            text("start_date", "start"),
            text("end_date", "end"),
            number("max_count", "limit").or("10"),
            EXCHANGE,
            CURRENCY,
        ],
        Of::One("instrument"),
        markdown::news,
    ),
    Alias {
        finish: Some(zero_is_whole),
        ..alias(
            &["get_article"],
            "get_news_article",
            &[
                text("articleId", "id").required(),
                text("providerCode", "provider").required(),
                placed(
                    "as_markdown",
                    Kind::Flag,
                    Place::Flagged("format", "markdown", "text"),
                )
                .or("true"),
                number("truncate", "max_chars").or("0"),
            ],
            Of::Nothing,
            markdown::article,
        )
    },
    alias(
        &["get_fundamental_data"],
        "get_financials",
        &[
            SYMBOL,
            placed("report_type", Kind::Text, Place::Words("report", REPORTS))
                .or("\"ReportsFinSummary\""),
            EXCHANGE,
            CURRENCY,
        ],
        Of::One("instrument"),
        markdown::financials,
    ),
    alias(
        &["get_account_summary"],
        "get_account_summary",
        &[ANY_ACCOUNT],
        Of::Nothing,
        markdown::summary,
    ),
    alias(
        &["get_positions"],
        "get_positions",
        &[ANY_ACCOUNT],
        Of::Nothing,
        markdown::positions,
    ),
    alias(
        &["get_index_quote"],
        "get_quotes",
        &[SYMBOL],
        Of::Each("symbols"),
        markdown::quotes,
    ),
    alias(
        &["get_option_quotes"],
        "get_quotes",
        &[
            SYMBOL,
            part("expiration", "expiry").required(),
            part("strike", "strike").required(),
            part("right", "right").required(),
            part("sec_type", "sec_type").or("\"OPT\""),
            EXCHANGE,
            CURRENCY,
        ],
        Of::Each("symbols"),
        markdown::quotes,
    ),
];

/// A length of nothing is the whole text, as far as ours goes.
fn zero_is_whole(arguments: &mut Map<String, Value>) -> Result<(), Fault> {
    if arguments
        .get("max_chars")
        .is_some_and(|most| most == 0 || most == "0")
    {
        arguments.remove("max_chars");
    }
    Ok(())
}
