//! The one place where methods are forwarded. A new method of a broker is one entry here.

use core::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use broker_core::{
    Acknowledgement, Admitted, Broker, Capabilities, Covered, Desk, Error, Lookup, MarketData,
    Portfolio, Reference, Research, Result, SessionState, Trading,
    feed::{FeedLine, FeedSink},
    model::{
        AccountId, AccountInfo, AccountSummary, Bar, BarQuery, BrokerId, CancelOrder, ChainQuery,
        ClientOrderId, ContractDetails, CorporateAction, Depth, Environment, ExecutionReport,
        ExerciseOption, Fill, FillFilter, FundamentalKind, Fundamentals, Instrument,
        InstrumentMatch, InstrumentQuery, NewOrder, NewsArticle, NewsHeadline, OptionChain,
        OptionComputation, OptionQuery, OrderFilter, OrderList, OrderPreview, Position,
        ProfitAndLoss, Quote, ReplaceOrder, ResearchQuery, ScannerQuery, ScannerRow, Subscription,
        Trade, TradingSchedule,
    },
};
use chrono::NaiveDate;
use futures_util::future::BoxFuture;
use tokio::sync::watch;

use super::{Layer, Outgoing, Query, outgoing::CancelAll};

/// What lies below a layer, for a command.
#[derive(Clone, Copy)]
#[must_use = "a command that is not sent on never reaches the broker"]
pub struct Next<'a>(&'a Arc<dyn Broker>);

impl<'a> Next<'a> {
    /// The broker below, to ask it something on the way.
    #[must_use]
    pub const fn broker(self) -> &'a Arc<dyn Broker> {
        self.0
    }

    /// Sends the command on.
    ///
    /// # Errors
    /// As the method of [`Trading`]: proof that nothing happened.
    pub async fn send<O: Outgoing>(self, request: O) -> Result<O::Answer> {
        let trading = self.0.trading().ok_or_else(|| no_service("trading"))?;
        request.send(trading).await
    }
}

impl fmt::Debug for Next<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Next").field(self.0.id()).finish()
    }
}

/// A question to what lies below a layer; it may be asked more than once.
#[must_use = "a question that is not asked has no answer"]
pub struct Ask<'a, A>(&'a (dyn Fn() -> BoxFuture<'a, Result<A>> + Send + Sync + 'a));

impl<A> Ask<'_, A> {
    /// Asks.
    ///
    /// # Errors
    /// As the method that was called.
    pub async fn ask(&self) -> Result<A> {
        (self.0)().await
    }
}

impl<A> fmt::Debug for Ask<'_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ask")
    }
}

/// A broker with a layer around it. Made by [`Stack`](super::Stack).
#[derive(Debug)]
pub(super) struct Layered<L> {
    pub(super) layer: L,
    pub(super) inner: Arc<dyn Broker>,
}

fn no_service(service: &str) -> Error {
    Error::unsupported(format!("this broker has no {service} service"))
}

impl<L: Layer> Layered<L> {
    const fn next(&self) -> Next<'_> {
        Next(&self.inner)
    }
    fn below_trading(&self) -> Result<&dyn Trading> {
        self.inner.trading().ok_or_else(|| no_service("trading"))
    }
    fn below_portfolio(&self) -> Result<&dyn Portfolio> {
        self.inner
            .portfolio()
            .ok_or_else(|| no_service("portfolio"))
    }
    fn below_market_data(&self) -> Result<&dyn MarketData> {
        self.inner
            .market_data()
            .ok_or_else(|| no_service("market data"))
    }
    fn below_reference(&self) -> Result<&dyn Reference> {
        self.inner
            .reference()
            .ok_or_else(|| no_service("reference"))
    }
    fn below_research(&self) -> Result<&dyn Research> {
        self.inner.research().ok_or_else(|| no_service("research"))
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<L: Layer> Broker for Layered<L> {
    fn id(&self) -> &BrokerId {
        self.inner.id()
    }
    fn environment(&self) -> Environment {
        self.inner.environment()
    }
    fn desk(&self) -> &Arc<Desk> {
        self.inner.desk()
    }
    async fn accounts(&self) -> Result<Vec<AccountInfo>> {
        let ask = || self.inner.accounts();
        self.layer.read(Query::Accounts, Ask(&ask)).await
    }
    async fn capabilities(&self, account: &AccountId) -> Result<Arc<Capabilities>> {
        // An adapter keeps them at hand, and the desk looks at them with every order.
        self.inner.capabilities(account).await
    }
    fn session(&self) -> watch::Receiver<SessionState> {
        self.inner.session()
    }
    fn trading(&self) -> Option<&dyn Trading> {
        self.inner.trading().map(|_| self as &dyn Trading)
    }
    fn portfolio(&self) -> Option<&dyn Portfolio> {
        self.inner.portfolio().map(|_| self as &dyn Portfolio)
    }
    fn market_data(&self) -> Option<&dyn MarketData> {
        self.inner.market_data().map(|_| self as &dyn MarketData)
    }
    fn reference(&self) -> Option<&dyn Reference> {
        self.inner.reference().map(|_| self as &dyn Reference)
    }
    fn research(&self) -> Option<&dyn Research> {
        self.inner.research().map(|_| self as &dyn Research)
    }
    async fn close(&self) -> Result<()> {
        self.layer.close(self.next()).await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<L: Layer> Trading for Layered<L> {
    async fn submit(&self, order: Admitted<NewOrder>) -> Result<Acknowledgement> {
        self.layer.command(order, self.next()).await
    }
    async fn submit_list(&self, list: Admitted<OrderList>) -> Result<Vec<Acknowledgement>> {
        self.layer.command(list, self.next()).await
    }
    async fn replace(&self, change: Admitted<ReplaceOrder>) -> Result<Acknowledgement> {
        self.layer.command(change, self.next()).await
    }
    async fn cancel(&self, cancel: Admitted<CancelOrder>) -> Result<Acknowledgement> {
        self.layer.command(cancel, self.next()).await
    }
    async fn cancel_all(&self, account: &AccountId) -> Result<Acknowledgement> {
        let request = CancelAll(account.clone());
        self.layer.command(request, self.next()).await
    }
    async fn exercise(&self, exercise: Admitted<ExerciseOption>) -> Result<Acknowledgement> {
        self.layer.command(exercise, self.next()).await
    }
    async fn preview(&self, order: &NewOrder) -> Result<OrderPreview> {
        let below = self.below_trading()?;
        let ask = || below.preview(order);
        self.layer.read(Query::Preview(order), Ask(&ask)).await
    }
    async fn find(&self, account: &AccountId, id: &ClientOrderId) -> Result<Lookup> {
        let below = self.below_trading()?;
        let ask = || below.find(account, id);
        self.layer.read(Query::Find(account, id), Ask(&ask)).await
    }
    async fn order_reports(
        &self,
        account: &AccountId,
        filter: &OrderFilter,
    ) -> Result<Covered<Vec<ExecutionReport>>> {
        let below = self.below_trading()?;
        let ask = || below.order_reports(account, filter);
        let query = Query::OrderReports(account, filter);
        self.layer.read(query, Ask(&ask)).await
    }
    async fn fills(&self, account: &AccountId, filter: &FillFilter) -> Result<Covered<Vec<Fill>>> {
        let below = self.below_trading()?;
        let ask = || below.fills(account, filter);
        let query = Query::Fills(account, filter);
        self.layer.read(query, Ask(&ask)).await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<L: Layer> Portfolio for Layered<L> {
    async fn summary(&self, account: &AccountId) -> Result<AccountSummary> {
        let below = self.below_portfolio()?;
        let ask = || below.summary(account);
        self.layer.read(Query::Summary(account), Ask(&ask)).await
    }
    async fn positions(&self, account: &AccountId) -> Result<Covered<Vec<Position>>> {
        let below = self.below_portfolio()?;
        let ask = || below.positions(account);
        self.layer.read(Query::Positions(account), Ask(&ask)).await
    }
    async fn profit_and_loss(&self, account: &AccountId) -> Result<ProfitAndLoss> {
        let below = self.below_portfolio()?;
        let ask = || below.profit_and_loss(account);
        let query = Query::ProfitAndLoss(account);
        self.layer.read(query, Ask(&ask)).await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<L: Layer> MarketData for Layered<L> {
    async fn quotes(&self, instruments: &[Instrument]) -> Result<Vec<Result<Quote>>> {
        let below = self.below_market_data()?;
        let ask = || below.quotes(instruments);
        self.layer.read(Query::Quotes(instruments), Ask(&ask)).await
    }
    async fn depth(&self, instrument: &Instrument, levels: u16) -> Result<Depth> {
        let below = self.below_market_data()?;
        let ask = || below.depth(instrument, levels);
        let query = Query::Depth(instrument, levels);
        self.layer.read(query, Ask(&ask)).await
    }
    async fn trades(&self, instrument: &Instrument, limit: u32) -> Result<Vec<Trade>> {
        let below = self.below_market_data()?;
        let ask = || below.trades(instrument, limit);
        let query = Query::Trades(instrument, limit);
        self.layer.read(query, Ask(&ask)).await
    }
    async fn bars(&self, query: &BarQuery) -> Result<Vec<Bar>> {
        let below = self.below_market_data()?;
        let ask = || below.bars(query);
        self.layer.read(Query::Bars(query), Ask(&ask)).await
    }
    async fn open_line(&self, subscription: &Subscription, sink: FeedSink) -> Result<FeedLine> {
        let below = self.below_market_data()?;
        let open = below.open_line(subscription, sink);
        self.layer.open_line(subscription, open).await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<L: Layer> Reference for Layered<L> {
    async fn search(&self, text: &str, limit: u32) -> Result<Vec<InstrumentMatch>> {
        let below = self.below_reference()?;
        let ask = || below.search(text, limit);
        self.layer.read(Query::Search(text, limit), Ask(&ask)).await
    }
    async fn resolve(&self, query: &InstrumentQuery) -> Result<Vec<Instrument>> {
        let below = self.below_reference()?;
        let ask = || below.resolve(query);
        self.layer.read(Query::Resolve(query), Ask(&ask)).await
    }
    async fn contract(&self, instrument: &Instrument) -> Result<ContractDetails> {
        let below = self.below_reference()?;
        let ask = || below.contract(instrument);
        self.layer
            .read(Query::Contract(instrument), Ask(&ask))
            .await
    }
    async fn option_expirations(&self, underlying: &Instrument) -> Result<Vec<NaiveDate>> {
        let below = self.below_reference()?;
        let ask = || below.option_expirations(underlying);
        let query = Query::OptionExpirations(underlying);
        self.layer.read(query, Ask(&ask)).await
    }
    async fn option_chain(&self, query: &ChainQuery) -> Result<OptionChain> {
        let below = self.below_reference()?;
        let ask = || below.option_chain(query);
        self.layer.read(Query::OptionChain(query), Ask(&ask)).await
    }
    async fn compute_option(&self, query: &OptionQuery) -> Result<OptionComputation> {
        let below = self.below_reference()?;
        let ask = || below.compute_option(query);
        self.layer
            .read(Query::ComputeOption(query), Ask(&ask))
            .await
    }
    async fn schedule(
        &self,
        instrument: &Instrument,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<TradingSchedule> {
        let below = self.below_reference()?;
        let ask = || below.schedule(instrument, from, to);
        let query = Query::Schedule(instrument, from, to);
        self.layer.read(query, Ask(&ask)).await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<L: Layer> Research for Layered<L> {
    async fn fundamentals(
        &self,
        instrument: &Instrument,
        kind: FundamentalKind,
    ) -> Result<Fundamentals> {
        let below = self.below_research()?;
        let ask = || below.fundamentals(instrument, kind);
        let query = Query::Fundamentals(instrument, kind);
        self.layer.read(query, Ask(&ask)).await
    }
    async fn corporate_actions(&self, query: &ResearchQuery) -> Result<Vec<CorporateAction>> {
        let below = self.below_research()?;
        let ask = || below.corporate_actions(query);
        self.layer
            .read(Query::CorporateActions(query), Ask(&ask))
            .await
    }
    async fn news(&self, query: &ResearchQuery) -> Result<Vec<NewsHeadline>> {
        let below = self.below_research()?;
        let ask = || below.news(query);
        self.layer.read(Query::News(query), Ask(&ask)).await
    }
    async fn article(&self, provider: &str, id: &str) -> Result<NewsArticle> {
        let below = self.below_research()?;
        let ask = || below.article(provider, id);
        let query = Query::Article(provider, id);
        self.layer.read(query, Ask(&ask)).await
    }
    async fn scan(&self, query: &ScannerQuery) -> Result<Vec<ScannerRow>> {
        let below = self.below_research()?;
        let ask = || below.scan(query);
        self.layer.read(Query::Scan(query), Ask(&ask)).await
    }
}
