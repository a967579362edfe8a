//! A portfolio is brought to its targets step by step, with a person who agrees to every order, and the
//! broker's own books say so at the end.

use std::sync::Arc;

use broker_core::{Decimal, dec};
use broker_mcp::{
    Call, Principal,
    alias::Profile,
    principal::{Confirm, Role},
};
use serde_json::{Value, json};

use crate::{
    client::{Answer, Client, principal},
    notes::decimal,
    stage::{Stage, Wire},
};

/// What is wanted, in parts of the whole.
const TARGETS: [(&str, Decimal); 3] = [("AAPL", dec!(0.5)), ("KO", dec!(0.3)), ("XOM", dec!(0.2))];
/// A part that is further off than this is brought back.
const THRESHOLD: Decimal = dec!(0.10);

struct Desk {
    stage: Stage,
    bot: Client,
    /// The same bot with the words of TWS.
    tws: Client,
    anna: Call,
}

/// What one share is worth and how many there are.
struct Holding {
    symbol: &'static str,
    target: Decimal,
    price: Decimal,
    quantity: Decimal,
}

fn value(holdings: &[Holding]) -> Decimal {
    holdings.iter().map(|one| one.price * one.quantity).sum()
}

impl Holding {
    /// How many there should be: whole shares only.
    fn wanted(&self, whole: Decimal) -> Decimal {
        (whole * self.target / self.price).floor()
    }

    fn is_adrift(&self, whole: Decimal) -> bool {
        (self.price * self.quantity / whole - self.target).abs() > THRESHOLD
    }
}

impl Desk {
    async fn open(wire: Wire) -> Self {
        let stage = Stage::open(wire).await;
        let mut bot = principal("bot", &["a"]);
        bot.confirm = Confirm::OutOfBand;
        let anna = Principal::new("anna", [Role::Read, Role::Approver]);
        Self {
            bot: Client::of(&stage, bot.clone(), &[]).await,
            tws: Client::of(&stage, bot, &[Profile::Tws]).await,
            anna: Call::by(Arc::new(anna), "test"),
            stage,
        }
    }

    async fn ask(&self, tool: &'static str, arguments: Value) -> Value {
        let answer = self.bot.call(tool, &arguments).await;
        assert!(!answer.failed, "{tool} {arguments}: {}", answer.text);
        answer.structured["data"].clone()
    }

    /// Steps 1 and 2: what there is, and what it is worth, out of the tools' answers only.
    async fn look(&self) -> Vec<Holding> {
        let positions = self.ask("get_positions", json!({})).await;
        let symbols = TARGETS.map(|(symbol, _)| symbol);
        let quotes = self.ask("get_quotes", json!({ "symbols": symbols })).await;
        let row = |list: &Value, symbol: &str, place: &str| {
            let mut rows = list.as_array().unwrap().iter();
            rows.find(|row| row.pointer(place) == Some(&json!(symbol)))
                .cloned()
        };
        let holdings = TARGETS.map(|(symbol, target)| {
            let held = row(&positions["positions"], symbol, "/instrument/symbol");
            let quote = row(&quotes["quotes"], symbol, "/symbol").unwrap();
            Holding {
                symbol,
                target,
                price: decimal(&quote["last"]).unwrap(),
                quantity: held.map_or(Decimal::ZERO, |held| decimal(&held["quantity"]).unwrap()),
            }
        });
        holdings.into()
    }

    /// Step 5 for one order: previewed, refused without a person, agreed to, placed and filled.
    async fn trade(&self, holding: &Holding, difference: Decimal) -> String {
        let (side, quantity) = match difference.is_sign_negative() {
            true => ("SELL", -difference),
            false => ("BUY", difference),
        };
        let order = json!({
            "instrument": holding.symbol, "side": side, "quantity": quantity.to_string(), "type": "MARKET",
        });
        let before = self.stage.truth().orders.len();
        let preview = self.ask("preview_order", json!({ "order": order })).await;
        assert_eq!(preview["accepted"], true, "{preview}");
        let name = format!("rebalance-{}", holding.symbol.to_lowercase());
        let mut placing = json!({
            "order": order, "client_order_id": name, "preview_id": preview["preview_id"],
        });
        let asked = self.bot.call("place_order", &placing).await;
        assert!(asked.failed, "{}", asked.text);
        assert_eq!(
            asked.text["code"], "confirmation_required",
            "{}",
            asked.text
        );
        assert_eq!(
            self.stage.truth().orders.len(),
            before,
            "nothing is sent yet"
        );
        let approval = asked.text["details"]["approval_id"]
            .as_str()
            .unwrap()
            .to_owned();
        // Nobody agrees to what they have asked for, whatever they call themselves.
        let own = principal("bot", &["a"]);
        let own = Call::by(Arc::new(own), "test");
        let refused = self.stage.service.decide(&own, &approval, true).await;
        assert!(refused.is_err());
        let pending = self
            .stage
            .service
            .pending_approvals(&self.anna)
            .await
            .unwrap();
        assert!(
            pending
                .iter()
                .any(|one| one.id == approval && one.sentence.contains(holding.symbol))
        );
        self.stage
            .service
            .decide(&self.anna, &approval, true)
            .await
            .unwrap();
        placing["preview_id"] = json!(approval);
        let placed = self.bot.call("place_order", &placing).await;
        assert!(!placed.failed, "{}", placed.text);
        // The same call once more is the same order.
        let again = self.bot.call("place_order", &placing).await;
        assert!(!again.failed, "{}", again.text);
        assert_eq!(again.structured["data"]["duplicate_of"], json!(name));
        self.stage.filled(&name).await;
        assert_eq!(self.stage.truth().orders.len(), before + 1);
        name
    }

    fn shown(answer: Answer) -> Value {
        assert!(!answer.failed, "{}", answer.text);
        answer.text
    }
}

/// An amount, to the cent: brokers tell no more of them.
fn cents(told: &Value) -> Option<Decimal> {
    decimal(told).map(|told| told.round_dp(2))
}

async fn rebalance(wire: Wire) {
    let desk = Desk::open(wire).await;
    for (symbol, quantity) in [("AAPL", dec!(500)), ("KO", dec!(200))] {
        desk.stage.buy(symbol, quantity).await;
    }
    // 1 allocations: history, quotes and contracts of everything that is wanted.
    for (symbol, _) in TARGETS {
        let bars = desk
            .ask(
                "get_bars",
                json!({ "instrument": symbol, "bar": "1d", "count": 30 }),
            )
            .await;
        assert_eq!(bars["bars"].as_array().unwrap().len(), 30, "{bars}");
        let contract = desk
            .ask("get_contracts", json!({ "instruments": [symbol] }))
            .await;
        assert_eq!(contract["contracts"][0]["tradable"], true, "{contract}");
    }
    // 2 triggers: the account is watched, positions and prices say what has drifted.
    let updates = desk
        .ask("stream_account_updates", json!({ "seconds": 1 }))
        .await;
    assert!(updates["latest"].is_object(), "{updates}");
    let before = desk.look().await;
    let whole = value(&before);
    let adrift: Vec<&str> = before
        .iter()
        .filter(|one| one.is_adrift(whole))
        .map(|one| one.symbol)
        .collect();
    assert_eq!(adrift, ["AAPL", "KO", "XOM"]);
    for one in &before {
        assert_eq!(one.quantity, desk.stage.held(one.symbol), "{}", one.symbol);
    }
    // 3 gather: the money is there.
    let summary = desk.ask("get_account_summary", json!({})).await;
    let cash = desk.stage.summary().cash.unwrap().amount;
    assert_eq!(cents(&summary["cash"]), Some(cash.round_dp(2)));
    // 4 calculate, here. 5 execute: what is sold first, so that its money is there.
    let mut orders: Vec<(&Holding, Decimal)> = before
        .iter()
        .map(|one| (one, one.wanted(whole) - one.quantity))
        .collect();
    orders.retain(|(_, difference)| !difference.is_zero());
    orders.sort_by_key(|(_, difference)| *difference);
    assert!(
        orders
            .first()
            .is_some_and(|(_, difference)| difference.is_sign_negative()),
        "something is sold"
    );
    let mut names = Vec::new();
    for (holding, difference) in &orders {
        names.push(desk.trade(holding, *difference).await);
    }
    // 6 verify: executions, positions and profit are those of the broker's own books.
    let fills = desk.stage.truth().fills;
    for ((holding, difference), name) in orders.iter().zip(&names) {
        let told = desk
            .ask("get_executions", json!({ "order_id": name }))
            .await;
        let told = told["fills"].as_array().unwrap().clone();
        let known: Vec<_> = fills
            .iter()
            .filter(|fill| fill.client_order_id.as_str() == name)
            .collect();
        let quantity: Decimal = told
            .iter()
            .map(|fill| decimal(&fill["quantity"]).unwrap())
            .sum();
        assert_eq!(quantity, difference.abs(), "{}", holding.symbol);
        let paid = |price: Decimal, quantity: Decimal| price * quantity;
        let said: Decimal = told
            .iter()
            .map(|fill| {
                paid(
                    decimal(&fill["price"]).unwrap(),
                    decimal(&fill["quantity"]).unwrap(),
                )
            })
            .sum();
        let so: Decimal = known
            .iter()
            .map(|fill| paid(fill.price.get(), fill.quantity))
            .sum();
        assert_eq!(said, so, "{}", holding.symbol);
        let words = desk
            .tws
            .call("get_executions", &json!({ "symbol": holding.symbol }))
            .await;
        let words = Desk::shown(words);
        let side = if difference.is_sign_negative() {
            "SLD"
        } else {
            "BOT"
        };
        assert_eq!(words["executions"][0]["execution"]["side"], side, "{words}");
    }
    let after = desk.look().await;
    for (one, was) in after.iter().zip(&before) {
        assert_eq!(one.quantity, was.wanted(whole), "{}", one.symbol);
        assert_eq!(one.quantity, desk.stage.held(one.symbol), "{}", one.symbol);
        let pnl = desk
            .ask("get_pnl", json!({ "instrument": one.symbol }))
            .await;
        assert_eq!(decimal(&pnl["position"]), Some(one.quantity), "{pnl}");
    }
    let pnl = desk.ask("get_pnl", json!({})).await;
    if let Some(profit) = desk.stage.summary().unrealized_pnl {
        assert_eq!(
            cents(&pnl["unrealized"]),
            Some(profit.amount.round_dp(2)),
            "{pnl}"
        );
    }
    let summary = desk.ask("get_account_summary", json!({})).await;
    let cash = desk.stage.summary().cash.unwrap().amount;
    assert_eq!(cents(&summary["cash"]), Some(cash.round_dp(2)));
    // 7 maintenance: nothing has drifted, nothing works, nobody is asked.
    let whole = value(&after);
    assert!(after.iter().all(|one| !one.is_adrift(whole)));
    assert!(desk.stage.working().is_empty());
    assert!(
        desk.stage
            .service
            .pending_approvals(&desk.anna)
            .await
            .unwrap()
            .is_empty()
    );
    desk.stage.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_portfolio_reaches_its_targets_at_the_paper_broker() {
    rebalance(Wire::Paper).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_portfolio_reaches_its_targets_at_tiger() {
    rebalance(Wire::Tiger).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_portfolio_reaches_its_targets_at_interactive_brokers() {
    rebalance(Wire::Ibkr).await;
}
