//! A client of `mcp-ib-paper`: text for people.

use broker_core::dec;
use broker_mcp::alias::Profile;
use serde_json::{Value, json};

use super::story::Story;
use crate::stage::Wire;

pub(super) async fn told(wire: Wire) {
    let mut story = Story::over(wire, Profile::IbPaper).await;
    contracts(&mut story).await;
    prices(&mut story).await;
    words(&mut story).await;
    account(&mut story).await;
    story.end().await;
}

/// A text is a page that has these words.
fn page(story: &mut Story, name: &str, text: &Value, words: &[&str]) {
    let page = text.as_str().unwrap_or_default();
    let all = page.starts_with("# ") && words.iter().all(|word| page.contains(word));
    story.holds(name, all, text);
}

async fn contracts(story: &mut Story) {
    let share =
        json!({ "symbol": "AAPL", "sec_type": "STK", "exchange": "SMART", "currency": "USD" });
    let name_of = story.stage.contract("AAPL").name.clone();
    for name in ["lookup_contract", "get_contract_details"] {
        if let Some(answer) = story.ask(name, share.clone()).await {
            page(story, name, &answer.text, &["AAPL", "STK", "USD", &name_of]);
        }
    }
    if let Some(answer) = story.ask("ticker_to_conid", share).await {
        let number = &answer.structured["data"]["contracts"][0]["con_id"];
        let has = number.is_string() == (story.stage.wire == Wire::Ibkr);
        story.holds(
            "a contract number where there are some",
            has,
            &answer.structured,
        );
        page(
            story,
            "ticker_to_conid",
            &answer.text,
            &["AAPL", number.as_str().unwrap_or_default()],
        );
    }
    if let Some(answer) = story
        .ask("search_contracts", json!({ "pattern": "AAPL" }))
        .await
    {
        page(story, "search_contracts", &answer.text, &["AAPL"]);
    }
}

async fn prices(story: &mut Story) {
    let month = json!({ "symbol": "AAPL", "duration": "1 M", "bar_size": "1 day" });
    if let Some(answer) = story.ask("get_historical_data", month).await {
        let bars = answer.structured["data"]["bars"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        story.holds("twenty bars", bars.len() == 20, &answer.structured);
        let known = story.stage.days("AAPL");
        for (told, known) in bars.iter().rev().zip(known.iter().rev()) {
            story.figure(&known.start.to_string(), &told["close"], known.close.get());
        }
        page(
            story,
            "get_historical_data",
            &answer.text,
            &["AAPL", "Close"],
        );
    }
    let index = json!({ "symbol": "SPX" });
    if let Some(answer) = story.ask("get_index_quote", index).await {
        let known = story.stage.quote("SPX");
        let told = &answer.structured["data"];
        match known.last {
            // Tiger has no prices of American indices, and says so.
            _ if story.stage.wire == Wire::Tiger => {
                let why = &told["missing"][0]["reason"];
                story.holds("why there is none", why.is_string(), told);
            }
            Some(last) => story.figure("index", &told["quotes"][0]["last"], last.get()),
            None => story.holds("no price", told["quotes"][0]["last"].is_null(), told),
        }
    }
    let expiry = story.stage.expirations("AAPL")[2]
        .format("%Y%m%d")
        .to_string();
    let option = json!({ "symbol": "AAPL", "expiration": expiry, "strike": 150, "right": "C" });
    if let Some(answer) = story.ask("get_option_quotes", option).await {
        let quotes = answer.structured["data"]["quotes"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        story.holds("an option's quote", quotes.len() == 1, &answer.structured);
    }
}

async fn words(story: &mut Story) {
    let mut article = (json!("1"), json!("B"));
    if let Some(answer) = story
        .ask("get_historical_news", json!({ "symbol": "AAPL" }))
        .await
    {
        page(story, "get_historical_news", &answer.text, &["Headline"]);
        let first = &answer.structured["data"]["headlines"][0];
        article = (first["id"].clone(), first["provider"].clone());
    }
    let asked = json!({ "articleId": article.0, "providerCode": article.1 });
    if let Some(answer) = story.ask("get_article", asked).await {
        page(story, "get_article", &answer.text, &["> "]);
    }
    if let Some(answer) = story
        .ask("get_fundamental_data", json!({ "symbol": "AAPL" }))
        .await
    {
        page(story, "get_fundamental_data", &answer.text, &["AAPL"]);
    }
}

async fn account(story: &mut Story) {
    let known = story.stage.summary();
    if let (Some(answer), Some(cash)) = (
        story
            .ask("get_account_summary", json!({ "account": "" }))
            .await,
        known.cash,
    ) {
        let told = &answer.structured;
        let data = told
            .get("data")
            .filter(|data| !data.is_null())
            .unwrap_or(&told["accounts"][0]["data"]);
        story.money("cash", &data["cash"], cash);
        page(
            story,
            "get_account_summary",
            &answer.text,
            &["Net liquidation"],
        );
    }
    // The profile has no orders: somebody else bought.
    story.stage.buy("AAPL", dec!(10)).await;
    if let Some(answer) = story.ask("get_positions", json!({ "account": "" })).await {
        page(
            story,
            "get_positions",
            &answer.text,
            &["| AAPL | STK | 10 |"],
        );
    }
}
