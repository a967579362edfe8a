//! Telling what has changed: after a fill at once, with prices at TWS's pace.

use broker_core::model::{AccountId, AccountSummary, Position};

use super::{data, positions, profit, watches::VALUES_EVERY};
use crate::{
    exchange::Exchange,
    tws::{
        gateway::{ConnectionId, state::State},
        message::Reply,
    },
};

impl State {
    /// A position has changed.
    pub(in crate::tws::gateway) fn on_position(
        &mut self,
        position: &Position,
        exchange: &mut Exchange,
    ) {
        let account = &position.account;
        let watches = &self.watches;
        let watched = !(watches.positions.is_empty()
            && watches.positions_multi.is_empty()
            && watches.data.is_empty());
        if !watched || !self.accounts.contains(account) {
            return;
        }
        let mut news: Vec<(ConnectionId, Reply)> = Vec::new();
        let written = positions::written(&mut self.contracts, exchange, position);
        for who in &self.watches.positions {
            news.push((*who, Reply::Position(written.clone())));
        }
        for ((who, id), accounts) in &self.watches.positions_multi {
            if accounts.contains(account) {
                let row = positions::multi(*id, written.clone());
                news.push((*who, Reply::PositionMulti(row)));
            }
        }
        if self.watches.data.values().any(|w| w.account == *account) {
            let row = data::portfolio(&mut self.contracts, exchange, position);
            let watching = self.watches.data.iter();
            for (who, _) in watching.filter(|(_, watch)| watch.account == *account) {
                news.push((*who, row.clone()));
            }
        }
        self.send_all(&news);
    }

    /// An account's figures have changed by something that happened in it.
    pub(in crate::tws::gateway) fn on_summary(
        &mut self,
        summary: &AccountSummary,
        exchange: &mut Exchange,
    ) {
        if self.accounts.contains(&summary.account) {
            let news = self.value_news(exchange, Some(&summary.account));
            self.send_all(&news);
            let news = self.profit_news(exchange);
            self.send_all(&news);
        }
    }

    /// Figures that prices have changed.
    pub(in crate::tws::gateway) fn tell_account_figures(&mut self, exchange: &mut Exchange) {
        let now = exchange.now();
        if !self.figures_are_due(now) {
            return;
        }
        let news = self.profit_news(exchange);
        self.send_all(&news);
        if self.watches.values_at.is_some_and(|at| at <= now) {
            self.watches.values_at = Some(now + VALUES_EVERY);
            let news = self.value_news(exchange, None);
            self.send_all(&news);
            let news = self.portfolio_news(exchange);
            self.send_all(&news);
        }
        self.schedule_figures(now);
    }

    /// Values that differ from those told last, of one account or of all.
    fn value_news(
        &mut self,
        exchange: &Exchange,
        only: Option<&AccountId>,
    ) -> Vec<(ConnectionId, Reply)> {
        let mut news = Vec::new();
        for (who, watch) in &mut self.watches.data {
            if only.is_some_and(|only| *only != watch.account) {
                continue;
            }
            let changed = watch.told.changed(data::values(exchange, &watch.account));
            let any = !changed.is_empty();
            for value in changed {
                news.push((*who, data::account_value(&watch.account, value)));
            }
            if any {
                news.push((*who, data::time(exchange)));
            }
        }
        for ((who, id), watch) in &mut self.watches.summaries {
            let changed = watch.news(*id, exchange, only);
            news.extend(changed.into_iter().map(|reply| (*who, reply)));
        }
        for ((who, id), watch) in &mut self.watches.multi {
            let changed = watch.news(*id, exchange, only);
            news.extend(changed.into_iter().map(|reply| (*who, reply)));
        }
        news
    }

    /// The portfolios that clients see all of, at the prices of now.
    fn portfolio_news(&mut self, exchange: &mut Exchange) -> Vec<(ConnectionId, Reply)> {
        let mut news = Vec::new();
        for (who, watch) in &self.watches.data {
            for position in exchange.positions(&watch.account) {
                let row = data::portfolio(&mut self.contracts, exchange, &position);
                news.push((*who, row));
            }
        }
        news
    }

    fn profit_news(&mut self, exchange: &Exchange) -> Vec<(ConnectionId, Reply)> {
        let mut news = Vec::new();
        for ((who, id), (account, told)) in &mut self.watches.profit {
            let figures = profit::of_account(*id, exchange, account);
            if told.as_ref() != Some(&figures) {
                *told = Some(figures.clone());
                news.push((*who, Reply::PnL(figures)));
            }
        }
        for ((who, id), (account, instrument, told)) in &mut self.watches.single {
            let figures = profit::of_position(*id, exchange, account, instrument.as_ref());
            if told.as_ref() != Some(&figures) {
                *told = Some(figures.clone());
                news.push((*who, Reply::PnLSingle(figures)));
            }
        }
        news
    }

    fn send_all(&self, news: &[(ConnectionId, Reply)]) {
        for (who, reply) in news {
            if let Some(client) = self.clients.get(who) {
                client.send(reply);
            }
        }
    }
}
