//! What is not there, at which broker, and why.

use crate::stage::Wire::{self, Ibkr, Paper, Tiger};

/// A call that has to be refused.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) wire: Wire,
    /// The name, or two names that mean the same.
    pub(super) names: &'static [&'static str],
    pub(super) code: &'static str,
    pub(super) why: &'static str,
}

const fn refused(
    wire: Wire,
    names: &'static [&'static str],
    code: &'static str,
    why: &'static str,
) -> Refused {
    Refused {
        wire,
        names,
        code,
        why,
    }
}

const NO_NUMBERS: &str = "contract numbers are those of Interactive Brokers";
const NO_REPORTS: &str = "Interactive Brokers removed company reports from its interface";
const NO_CALCULATOR: &str = "Tiger has no option calculator";
const NO_NEWS: &str = "Tiger has no news for programs";

#[rustfmt::skip]
pub(super) const REFUSED: &[Refused] = &[
    refused(Paper, &["tiger_refresh_token"], "unsupported", "an account in the process has no token"),
    refused(Ibkr, &["tiger_refresh_token"], "unsupported", "TWS has logins and no tokens"),
    refused(Ibkr, &["tiger_get_financials"], "unsupported", NO_REPORTS),
    refused(Ibkr, &["ibkr_get_fundamental_data"], "unsupported", NO_REPORTS),
    refused(Ibkr, &["get_fundamental_data"], "unsupported", NO_REPORTS),
    refused(Tiger, &["get_fundamental_data"], "unsupported", "Tiger has statements and no summary"),
    refused(Tiger, &["get_historical_news"], "unsupported", NO_NEWS),
    refused(Tiger, &["get_article"], "unsupported", NO_NEWS),
    refused(Tiger, &["get_news_articles", "ibkr_get_news_articles"], "unsupported", NO_NEWS),
    refused(Tiger, &["get_news_article", "ibkr_get_news_article"], "unsupported", NO_NEWS),
    refused(Tiger, &["get_option_chain_params", "ibkr_get_option_chain_params"], "unsupported", NO_NUMBERS),
    refused(Tiger, &["get_pnl_single", "ibkr_get_pnl_single"], "unsupported", NO_NUMBERS),
    refused(Tiger, &["ibkr_get_fundamental_data"], "unsupported", "Tiger has statements and no snapshot"),
    refused(Tiger, &["calculate_option_price"], "unsupported", NO_CALCULATOR),
    refused(Tiger, &["ibkr_calculate_option_price"], "unsupported", NO_CALCULATOR),
    refused(Paper, &["get_option_chain_params", "ibkr_get_option_chain_params"], "not_found", NO_NUMBERS),
    refused(Paper, &["get_pnl_single", "ibkr_get_pnl_single"], "not_found", NO_NUMBERS),
];
