use std::{fmt::Display, sync::Arc};

use broker_core::{
    Decimal,
    model::{
        AccountSummary, Fill, Greeks, Money, NewOrder, OptionChain, OptionQuote, Order,
        OrderPreview, Position, Quote, Right,
    },
};
use comfy_table::{CellAlignment, Table, presets::UTF8_FULL_CONDENSED};

/// A table whose columns of numbers stand to the right.
pub fn table<const N: usize>(
    header: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    table.set_header(header);
    let mut numbers = [true; N];
    for row in rows {
        for (number, cell) in numbers.iter_mut().zip(&row) {
            *number &= cell.starts_with(|c: char| c.is_ascii_digit() || "+-–.".contains(c));
        }
        table.add_row(row);
    }
    for (column, number) in table.column_iter_mut().zip(numbers) {
        if number {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// A value that may be absent: the library never writes zero for "not known".
pub fn text(value: Option<impl Display>) -> String {
    value.map_or_else(|| "–".into(), |value| value.to_string())
}

/// An amount with groups of thousands, in the decimal places of its currency.
#[must_use]
pub fn dollars(money: Option<Money>) -> String {
    let Some(money) = money else {
        return "–".into();
    };
    let places = money.currency.minor_digits();
    format!("{} {}", grouped(money.amount, places), money.currency)
}

fn grouped(amount: Decimal, places: u32) -> String {
    let digits = format!("{:.1$}", amount.abs(), places as usize);
    let (whole, rest) = digits.split_once('.').unwrap_or((&digits, ""));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let sign = if amount < Decimal::ZERO { "-" } else { "" };
    let point = if rest.is_empty() { "" } else { "." };
    format!("{sign}{grouped}{point}{rest}")
}

/// What accounts are worth, one row each.
pub fn account_table<'a>(summaries: impl IntoIterator<Item = &'a AccountSummary>) -> Table {
    let header = [
        "account",
        "worth",
        "cash",
        "positions",
        "buying power",
        "margin",
    ];
    let rows = summaries.into_iter().map(|summary| {
        [
            summary.account.to_string(),
            dollars(summary.net_liquidation),
            dollars(summary.cash),
            dollars(summary.gross_position_value),
            dollars(summary.buying_power),
            dollars(summary.initial_margin),
        ]
    });
    table(header, rows)
}

/// The best prices of instruments, one row each.
pub fn quote_table<'a>(quotes: impl IntoIterator<Item = &'a Quote>) -> Table {
    let header = [
        "instrument",
        "bid",
        "size",
        "ask",
        "size",
        "last",
        "previous close",
    ];
    let rows = quotes.into_iter().map(|quote| {
        [
            quote.instrument.to_string(),
            text(quote.bid),
            text(quote.bid_size),
            text(quote.ask),
            text(quote.ask_size),
            text(quote.last),
            text(quote.previous_close),
        ]
    });
    table(header, rows)
}

/// Orders, one row each.
pub fn order_table(orders: &[Arc<Order>]) -> Table {
    let header = [
        "order",
        "side",
        "quantity",
        "instrument",
        "type",
        "price",
        "status",
        "filled",
        "average price",
    ];
    let rows = orders.iter().map(|order| {
        let kind = &order.terms.order_type;
        let role = order.list.as_ref().map(|link| link.role);
        [
            role.map_or_else(
                || short(order.client_order_id().as_str()),
                |role| role.as_str().replace('_', " "),
            ),
            order.terms.side.to_string(),
            text(order.terms.quantity()),
            order.instrument().to_string(),
            kind.kind().to_string(),
            text(kind.limit_price().or(kind.trigger_price())),
            order.status.to_string(),
            order.cumulative_quantity.to_string(),
            text(
                order
                    .average_price
                    .map(|price| price.get().round_dp(4).normalize()),
            ),
        ]
    });
    table(header, rows)
}

/// Generated names are long; their end tells them apart.
fn short(id: &str) -> String {
    match id.char_indices().rev().nth(5) {
        Some((start, _)) if id.len() > 20 => format!("…{}", id.get(start..).unwrap_or(id)),
        _ => id.to_owned(),
    }
}

/// Positions, one row each.
pub fn position_table<'a>(positions: impl IntoIterator<Item = &'a Position>) -> Table {
    let header = [
        "account",
        "instrument",
        "quantity",
        "paid",
        "now",
        "value",
        "unrealized",
        "realized today",
    ];
    let rows = positions.into_iter().map(|position| {
        [
            position.account.to_string(),
            position.instrument.to_string(),
            position.quantity.to_string(),
            text(
                position
                    .average_price
                    .map(|price| price.get().round_dp(4).normalize()),
            ),
            text(position.market_price),
            dollars(position.market_value),
            dollars(position.unrealized_pnl),
            dollars(position.realized_pnl),
        ]
    });
    table(header, rows)
}

/// What an order would cost.
#[must_use]
pub fn preview_table(order: &NewOrder, preview: &OrderPreview) -> Table {
    let limit = text(order.order_type.limit_price());
    let title = format!(
        "{} {} {} at {limit}",
        order.side,
        text(order.quantity()),
        order.instrument
    );
    let rows = [
        [
            "the broker would take it".into(),
            preview.accepted.to_string(),
        ],
        ["value".into(), dollars(preview.notional)],
        ["commission".into(), dollars(preview.commission)],
        ["margin now".into(), dollars(preview.initial_margin_before)],
        [
            "margin if it fills".into(),
            dollars(preview.initial_margin_after),
        ],
    ];
    let mut table = table([title.as_str(), ""], rows);
    table
        .column_iter_mut()
        .skip(1)
        .for_each(|column| column.set_cell_alignment(CellAlignment::Right));
    table
}

/// What trading has brought and cost, from the fills and the account's figures.
#[must_use]
pub fn profit_table(summary: &AccountSummary, fills: &[Fill]) -> Table {
    let base = summary.base_currency;
    let sum = |part: fn(&Fill) -> Option<Money>| {
        let amounts = fills
            .iter()
            .filter_map(part)
            .filter(|money| money.currency == base);
        dollars(Some(Money::new(
            amounts.map(|money| money.amount).sum(),
            base,
        )))
    };
    let rows = [[
        sum(|fill| fill.realized_pnl),
        dollars(summary.unrealized_pnl),
        sum(|fill| fill.commission),
        dollars(summary.net_liquidation),
    ]];
    table(["realized", "unrealized", "commissions", "worth"], rows)
}

/// Calls to the left, puts to the right, one row per strike.
#[must_use]
pub fn chain_table(chain: &OptionChain) -> Table {
    let (calls, puts): (Vec<_>, Vec<_>) = chain
        .options
        .iter()
        .partition(|option| option.right == Right::Call);
    let greek = |option: &OptionQuote, part: fn(Greeks) -> Decimal| {
        text(option.greeks.map(|greeks| part(greeks).round_dp(3)))
    };
    let rows = calls.iter().zip(&puts).map(|(call, put)| {
        [
            greek(call, |greeks| greeks.implied_volatility),
            greek(call, |greeks| greeks.delta),
            greek(call, |greeks| greeks.theta),
            text(call.bid),
            text(call.ask),
            call.strike.to_string(),
            text(put.bid),
            text(put.ask),
            greek(put, |greeks| greeks.delta),
            greek(put, |greeks| greeks.gamma),
            greek(put, |greeks| greeks.vega),
        ]
    });
    let header = [
        "volatility",
        "call delta",
        "theta",
        "bid",
        "ask",
        "strike",
        "bid",
        "ask",
        "put delta",
        "gamma",
        "vega",
    ];
    table(header, rows)
}
