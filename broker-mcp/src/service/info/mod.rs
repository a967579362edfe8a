//! What is written about companies. Texts here are somebody else's: each is marked as untrusted.
//!
//! Each operation is a file; `plain.rs` makes plain text of marked-up text.

mod get_corporate_actions;
mod get_earnings;
mod get_financials;
mod get_news;
mod get_news_article;
mod plain;

#[cfg(test)]
mod info_tests;
#[cfg(test)]
mod plain_tests;

pub use get_corporate_actions::{ActionRow, ActionWord, CorporateActions, GetCorporateActions};
pub use get_earnings::{Earnings, EarningsRow, GetEarnings};
pub use get_financials::{FactRow, Financials, GetFinancials, ReportWord};
pub use get_news::{GetNews, HeadlineRow, News};
pub use get_news_article::{Article, ArticleFormat, GetNewsArticle};

use crate::operation::Operation;

pub(crate) fn operations() -> Vec<Operation> {
    vec![
        Operation::of::<GetFinancials>(),
        Operation::of::<GetCorporateActions>(),
        Operation::of::<GetEarnings>(),
        Operation::of::<GetNews>(),
        Operation::of::<GetNewsArticle>(),
    ]
}
