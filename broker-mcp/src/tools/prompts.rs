//! The six prompts: a task, step by step, in the words of the tools that are there.

use rmcp::{
    ErrorData,
    model::{GetPromptResult, Prompt, PromptArgument, PromptMessage, Role as Speaker},
};
use serde_json::{Map, Value};

use super::outcome::shown;
use crate::{Principal, principal::Role};

/// Longest argument that is put into a prompt.
const LONGEST: usize = 2_000;

struct Argument {
    name: &'static str,
    about: &'static str,
    /// What is said when it is not given; without it, it has to be.
    default: Option<&'static str>,
}

/// One task.
struct Task {
    name: &'static str,
    title: &'static str,
    about: &'static str,
    /// What its tools need.
    role: Role,
    arguments: &'static [Argument],
    text: &'static str,
}

const ACCOUNT: Argument = Argument {
    name: "account",
    about: "Account name or id",
    default: Some("the default account"),
};

const fn needed(name: &'static str, about: &'static str) -> Argument {
    Argument {
        name,
        about,
        default: None,
    }
}

const fn assumed(name: &'static str, about: &'static str, default: &'static str) -> Argument {
    Argument {
        name,
        about,
        default: Some(default),
    }
}

const TASKS: &[Task] = &[
    Task {
        name: "analyze_market_conditions",
        title: "Analyze market conditions",
        about: "Price, trend, volatility, options, figures and news of an instrument against a benchmark",
        role: Role::Read,
        arguments: &[
            assumed("symbol", "Ticker", "AAPL"),
            assumed("benchmark", "Ticker to compare with", "SPY"),
        ],
        text: include_str!("prompts/analyze_market_conditions.md"),
    },
    Task {
        name: "assess_portfolio_risk",
        title: "Assess portfolio risk",
        about: "Margin, concentration, beta, value at risk and scenarios of an account",
        role: Role::Read,
        arguments: &[
            assumed("benchmark", "Ticker to compare with", "SPY"),
            ACCOUNT,
        ],
        text: include_str!("prompts/assess_portfolio_risk.md"),
    },
    Task {
        name: "execute_bracket_order",
        title: "Execute a bracket order",
        about: "An entry with take profit and stop loss, checked, previewed, placed and verified",
        role: Role::Trade,
        arguments: &[
            needed("symbol", "Ticker"),
            assumed("side", "BUY or SELL", "BUY"),
            needed("quantity", "How many"),
            needed("entry_price", "Limit of the entry"),
            needed("take_profit_price", "Limit of the exit in profit"),
            needed("stop_loss_price", "Stop of the exit in loss"),
            ACCOUNT,
        ],
        text: include_str!("prompts/execute_bracket_order.md"),
    },
    Task {
        name: "execute_options_strategy",
        title: "Execute an options strategy",
        about: "A strategy of options as one order, with its largest loss known before",
        role: Role::Trade,
        arguments: &[
            needed("symbol", "Ticker of the underlying"),
            assumed(
                "strategy",
                "covered call, protective put, collar, vertical spread or iron condor",
                "covered call",
            ),
            ACCOUNT,
        ],
        text: include_str!("prompts/execute_options_strategy.md"),
    },
    Task {
        name: "rebalance_portfolio",
        title: "Rebalance a portfolio",
        about: "Bring an account to target weights: sells first, each order previewed and verified",
        role: Role::Trade,
        arguments: &[
            needed(
                "target_allocations",
                "Percent by ticker as JSON, such as {\"VTI\": 60, \"TLT\": 40}",
            ),
            assumed("drift", "Percentage points that may be left alone", "10"),
            ACCOUNT,
        ],
        text: include_str!("prompts/rebalance_portfolio.md"),
    },
    Task {
        name: "setup_trading_workspace",
        title: "Set up a trading workspace",
        about: "Connections, market, price, account and working orders at a glance",
        role: Role::Read,
        arguments: &[assumed("symbol", "Ticker to watch", "AAPL"), ACCOUNT],
        text: include_str!("prompts/setup_trading_workspace.md"),
    },
];

/// The prompts as clients are shown them.
#[derive(Debug)]
pub(super) struct Prompts(Vec<Prompt>);

impl Prompts {
    pub(super) fn standard() -> Self {
        let prompt = |task: &Task| {
            let arguments = task.arguments.iter().map(|argument| {
                PromptArgument::new(argument.name)
                    .with_description(argument.about)
                    .with_required(argument.default.is_none())
            });
            Prompt::new(task.name, Some(task.about), Some(arguments.collect()))
                .with_title(task.title)
        };
        Self(TASKS.iter().map(prompt).collect())
    }

    /// Those whose tools somebody may call.
    pub(super) fn seen_by(&self, principal: &Principal) -> Vec<Prompt> {
        let tasks = TASKS.iter().zip(&self.0);
        let seen = tasks.filter(|(task, _)| principal.may(task.role));
        seen.map(|(_, prompt)| prompt.clone()).collect()
    }

    pub(super) fn fill(
        &self,
        principal: &Principal,
        name: &str,
        given: &Map<String, Value>,
    ) -> Result<GetPromptResult, ErrorData> {
        let task = TASKS
            .iter()
            .find(|task| task.name == name && principal.may(task.role));
        let Some(task) = task else {
            let message = format!("prompt not found: {}", shown(name));
            return Err(ErrorData::invalid_params(message, None));
        };
        let mut text = task.text.trim_end().to_owned();
        for argument in task.arguments {
            let value = match given.get(argument.name) {
                Some(Value::String(value)) => plain(value),
                Some(Value::Null) | None => String::new(),
                Some(other) => plain(&other.to_string()),
            };
            let value = match (value.is_empty(), argument.default) {
                (false, _) => value,
                (true, Some(default)) => default.to_owned(),
                (true, None) => {
                    let message = format!("{}: this argument is needed", argument.name);
                    return Err(ErrorData::invalid_params(message, None));
                }
            };
            text = text.replace(&format!("{{{}}}", argument.name), &value);
        }
        let message = PromptMessage::new_text(Speaker::User, text);
        Ok(GetPromptResult::new(vec![message]).with_description(task.about))
    }
}

/// An argument on one line, without what could pass for the text around it.
fn plain(value: &str) -> String {
    let plain = value.chars().filter(|one| !one.is_control() && *one != '`');
    plain.take(LONGEST).collect::<String>().trim().to_owned()
}

#[cfg(test)]
#[path = "prompts_tests.rs"]
mod prompts_tests;
