use broker_core::{
    Covered, Error, Lookup, Result,
    model::{
        AccountInfo, AccountSummary, Bar, ContractDetails, CorporateAction, Depth, Fundamentals,
        Instrument, InstrumentMatch, NewsArticle, NewsHeadline, OptionChain, OptionComputation,
        OrderPreview, ProfitAndLoss, Quote, ScannerRow, Trade, TradingSchedule,
    },
};
use chrono::NaiveDate;

/// An answer to a question: what every layer can hold, keep and give out again.
pub trait Answer: Clone + Send + Sync + 'static {
    /// Who speaks in it.
    fn heard(&self) -> Heard<'_> {
        Heard::Broker
    }
}

/// Who speaks in an answer that is no error.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Heard<'a> {
    /// The broker itself, about all or some of what was asked.
    Broker,
    /// Nobody: the broker was not asked, or could not be. Often the connection is gone; sometimes the
    /// question is one that it never answers.
    Nobody,
    /// Every part of the question failed; this is how the first did.
    Failure(&'a Error),
}

impl<T: Clone + Send + Sync + 'static> Answer for Covered<T> {
    fn heard(&self) -> Heard<'_> {
        match self {
            Self::Complete(_) | Self::Since { .. } | Self::Partial { .. } => Heard::Broker,
            Self::Unavailable(_) => Heard::Nobody,
        }
    }
}

impl Answer for Lookup {
    fn heard(&self) -> Heard<'_> {
        match self {
            Self::Found(_) | Self::Absent => Heard::Broker,
            // A word that this version does not know proves nothing either.
            Self::Inconclusive(_) | _ => Heard::Nobody,
        }
    }
}

/// Quotes fail one by one.
impl Answer for Vec<Result<Quote>> {
    fn heard(&self) -> Heard<'_> {
        let mut errors = self.iter().map(Result::as_ref);
        let Some(first) = errors.next() else {
            return Heard::Nobody;
        };
        match first {
            Err(first) if errors.all(|one| one.is_err_and(|e| e.kind() == first.kind())) => {
                Heard::Failure(first)
            }
            _ => Heard::Broker,
        }
    }
}

/// Answers that only the broker itself gives.
macro_rules! by_the_broker {
    ($($answer:ty),+ $(,)?) => { $(impl Answer for $answer {})+ };
}

by_the_broker! {
    AccountSummary,
    ContractDetails,
    Depth,
    Fundamentals,
    NewsArticle,
    OptionChain,
    OptionComputation,
    OrderPreview,
    ProfitAndLoss,
    TradingSchedule,
    Vec<AccountInfo>,
    Vec<Bar>,
    Vec<CorporateAction>,
    Vec<Instrument>,
    Vec<InstrumentMatch>,
    Vec<NaiveDate>,
    Vec<NewsHeadline>,
    Vec<ScannerRow>,
    Vec<Trade>,
}
