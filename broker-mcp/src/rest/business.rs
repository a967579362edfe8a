//! What accounts hold, have made and have traded, for `/metrics`. Off unless the operator switches it on:
//! a page of numbers is read by more people than a portfolio should be.

use core::{fmt::Write as _, time::Duration};
use std::collections::BTreeMap;

use broker_core::model::Money;
use tokio::{sync::Mutex, time::Instant};

use crate::{BrokerService, Principal, service::system::Business};

/// How long the brokers have: less than Prometheus waits when not said, which are ten seconds.
const PATIENCE: Duration = Duration::from_secs(8);

type Figures = BTreeMap<String, Business>;

/// The figures of all accounts, as they were asked for last.
#[derive(Debug)]
pub(crate) struct Ledger {
    every: Duration,
    last: Mutex<Option<(Instant, Figures)>>,
}

impl Ledger {
    pub(crate) fn every(every: Duration) -> Self {
        Self {
            every,
            last: Mutex::default(),
        }
    }

    /// The figures of the accounts that somebody may use, in the text form that Prometheus reads: decimals
    /// as they are. The brokers are asked once for all who want to know at the same time.
    pub(crate) async fn text(&self, service: &BrokerService, reader: &Principal) -> String {
        let mut last = self.last.lock().await;
        let kept = last.take().filter(|(at, _)| at.elapsed() < self.every);
        let (at, figures) = match kept {
            Some(kept) => kept,
            None => {
                let figures = service.business(PATIENCE).await;
                (Instant::now(), figures)
            }
        };
        let text = written(&figures, reader);
        *last = Some((at, figures));
        text
    }
}

/// A metric: its name, what it is, and what it is of an account.
type Metric = (&'static str, &'static str, fn(&Business) -> Vec<Row>);

/// A currency, if it is money, and a value.
type Row = (Option<String>, String);

fn money(amount: Option<Money>) -> Vec<Row> {
    let row = |money: Money| (Some(money.currency.to_string()), money.amount.to_string());
    amount.map(row).into_iter().collect()
}

const METRICS: [Metric; 7] = [
    (
        "broker_account_net_liquidation",
        "Cash plus positions, in the currency of the label.",
        |it| money(it.net_liquidation),
    ),
    (
        "broker_account_cash",
        "All cash, in the currency of the label.",
        |it| money(it.cash),
    ),
    (
        "broker_account_pnl_daily",
        "Profit or loss since the last close.",
        |it| money(it.daily),
    ),
    (
        "broker_account_pnl_unrealized",
        "What open positions would realise now.",
        |it| money(it.unrealized),
    ),
    (
        "broker_account_pnl_realized",
        "What was realised today.",
        |it| money(it.realized),
    ),
    (
        "broker_account_traded_today",
        "Quantity times price times multiplier of every execution since midnight UTC.",
        |it| {
            let sums = it.traded.iter().flatten();
            sums.map(|(currency, sum)| (Some(currency.to_string()), sum.to_string()))
                .collect()
        },
    ),
    (
        "broker_account_executions_today",
        "Executions since midnight UTC.",
        |it| {
            let count = it.executions.iter();
            count.map(|count| (None, count.to_string())).collect()
        },
    ),
];

fn written(figures: &Figures, reader: &Principal) -> String {
    let mut text = String::new();
    for (name, about, of) in METRICS {
        let mut head = false;
        let own = figures.iter();
        for (account, figures) in own.filter(|(name, _)| reader.accounts.allows(name)) {
            for (currency, value) in of(figures) {
                if !head {
                    head = true;
                    let _ = write!(text, "# HELP {name} {about}\n# TYPE {name} gauge\n");
                }
                let account = escaped(account);
                let currency = currency.map_or_else(String::new, |currency| {
                    format!(",currency=\"{}\"", escaped(&currency))
                });
                let _ = writeln!(text, "{name}{{account=\"{account}\"{currency}}} {value}");
            }
        }
    }
    text
}

/// The value of a label.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}
