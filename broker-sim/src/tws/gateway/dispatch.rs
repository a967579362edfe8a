//! Which room answers which request, and who hears what the exchange says.

use tokio::time::Instant;

use super::{
    state::{Due, State},
    turn::Turn,
};
use crate::{
    exchange::{Exchange, Output},
    tws::{dialect::Unreadable, message::Request, outbox::Closing},
};

impl Turn<'_> {
    /// Does what the client asks.
    pub(super) fn handle(&mut self, request: Request) {
        let started = self.client().map(|client| client.id.is_some());
        let Some(started) = started else { return };
        // What a client had on the way when its connection was cut does not arrive.
        if self.client().is_some_and(|client| client.outbox.is_cut()) {
            return;
        }
        if let Request::StartApi(request) = &request {
            return self.start_api(request);
        }
        if !started {
            tracing::warn!(
                message = request.id(),
                "a request before the API was started"
            );
            return;
        }
        if !self.within_pace() {
            return;
        }
        self.dispatch(request);
    }

    /// Counts a request; one that comes too fast gets error 100 and is not done.
    fn within_pace(&mut self) -> bool {
        if self.state.faults.is_banned(self.now()) {
            self.error(-1, 100, "Max rate of messages per second has been exceeded");
            return false;
        }
        let Some(limit) = self.state.habits.messages_per_second else {
            return true;
        };
        // What a client that has been thrown out still had on the way costs the others nothing.
        let tolerated = self.state.habits.violations_tolerated;
        if self
            .client()
            .is_some_and(|client| client.violations > tolerated)
        {
            return false;
        }
        if self.state.rate.count(limit, Instant::now()) {
            return true;
        }
        self.error(-1, 100, "Max rate of messages per second has been exceeded");
        if let Some(client) = self.client() {
            client.violations += 1;
            if client.violations > tolerated {
                tracing::warn!(client = client.id, "too many requests too fast: dropped");
                client.outbox.close(Closing::AfterFlush);
            }
        }
        false
    }

    /// A body that is no request.
    pub(super) fn unreadable(&mut self, what: &Unreadable) {
        tracing::warn!(why = what.why, "unreadable request");
        self.error(
            what.id,
            what.code,
            format!("Error reading request: {}", what.why),
        );
    }

    fn dispatch(&mut self, request: Request) {
        use Request as R;
        match request {
            R::StartApi(request) => self.start_api(&request),
            R::Ids(_) => self.next_valid_id(),
            R::ManagedAccounts(_) => self.managed_accounts(),
            R::CurrentTime(_) => self.current_time(),
            R::CurrentTimeInMillis(_) => self.current_time_in_millis(),
            R::SetServerLogLevel(request) => self.server_log_level(&request),
            R::UserInfo(request) => self.user_info(&request),
            R::Verify(request) => self.verify(&request),
            R::VerifyMessage(_) => self.verify_message(),

            R::PlaceOrder(request) => self.place_order(request),
            R::CancelOrder(request) => self.cancel_order(&request),
            R::GlobalCancel(request) => self.global_cancel(&request),
            R::OpenOrders(_) => self.open_orders(),
            R::AllOpenOrders(_) => self.all_open_orders(),
            R::AutoOpenOrders(request) => self.auto_open_orders(&request),
            R::CompletedOrders(request) => self.completed_orders(&request),
            R::Executions(request) => self.executions(&request),
            R::ExerciseOptions(request) => self.exercise_options(&request),

            R::AccountData(request) => self.account_data(&request),
            R::AccountSummary(request) => self.account_summary(&request),
            R::CancelAccountSummary(request) => self.cancel_account_summary(&request),
            R::AccountUpdatesMulti(request) => self.account_updates_multi(&request),
            R::CancelAccountUpdatesMulti(request) => self.cancel_account_updates_multi(&request),
            R::Positions(_) => self.positions(),
            R::CancelPositions(_) => self.cancel_positions(),
            R::PositionsMulti(request) => self.positions_multi(&request),
            R::CancelPositionsMulti(request) => self.cancel_positions_multi(&request),
            R::PnL(request) => self.pnl(&request),
            R::CancelPnL(request) => self.cancel_pnl(&request),
            R::PnLSingle(request) => self.pnl_single(&request),
            R::CancelPnLSingle(request) => self.cancel_pnl_single(&request),
            R::FamilyCodes(_) => self.family_codes(),
            R::SoftDollarTiers(request) => self.soft_dollar_tiers(&request),
            R::Fa(request) => self.financial_advisor(&request),
            R::ReplaceFa(request) => self.replace_financial_advisor(&request),

            R::ContractData(request) => self.contract_data(&request),
            R::CancelContractData(request) => self.cancel_contract_data(&request),
            R::MatchingSymbols(request) => self.matching_symbols(&request),
            R::MarketRule(request) => self.market_rule(&request),
            R::SecDefOptParams(request) => self.option_parameters(&request),
            R::SmartComponents(request) => self.smart_components(&request),
            R::MarketDepthExchanges(_) => self.depth_exchanges(),

            R::MarketData(request) => self.market_data(&request),
            R::CancelMarketData(request) => self.cancel_market_data(&request),
            R::MarketDataType(request) => self.market_data_type(&request),
            R::MarketDepth(request) => self.market_depth(&request),
            R::CancelMarketDepth(request) => self.cancel_market_depth(&request),
            R::RealTimeBars(request) => self.real_time_bars(&request),
            R::CancelRealTimeBars(request) => self.cancel_real_time_bars(&request),
            R::TickByTick(request) => self.tick_by_tick(&request),
            R::CancelTickByTick(request) => self.cancel_tick_by_tick(&request),
            R::CalculateImpliedVolatility(request) => self.calculate_volatility(&request),
            R::CalculateOptionPrice(request) => self.calculate_option_price(&request),
            // Both calculators answer at once: there is nothing left to cancel.
            R::CancelCalculateImpliedVolatility(_) | R::CancelCalculateOptionPrice(_) => {}

            R::HistoricalData(request) => self.historical_data(&request),
            R::CancelHistoricalData(request) => self.cancel_historical_data(&request),
            R::HeadTimestamp(request) => self.head_timestamp(&request),
            R::CancelHeadTimestamp(request) => self.cancel_head_timestamp(&request),
            R::Histogram(request) => self.histogram(&request),
            R::CancelHistogram(request) => self.cancel_histogram(&request),
            R::HistoricalTicks(request) => self.historical_ticks(&request),
            R::CancelHistoricalTicks(request) => self.cancel_historical_ticks(&request),

            R::NewsProviders(_) => self.news_providers(),
            R::NewsArticle(request) => self.news_article(&request),
            R::HistoricalNews(request) => self.historical_news(&request),
            R::NewsBulletins(request) => self.news_bulletins(&request),
            R::CancelNewsBulletins(_) => self.cancel_news_bulletins(),
            R::ScannerParameters(_) => self.scanner_parameters(),
            R::Scanner(request) => self.scanner(&request),
            R::CancelScanner(request) => self.cancel_scanner(&request),
            R::FundamentalData(request) => self.fundamental_data(&request),
            R::CancelFundamentalData(request) => self.cancel_fundamental_data(request),
            R::WshMetaData(request) => self.wsh_meta_data(&request),
            R::CancelWshMetaData(request) => self.cancel_wsh_meta_data(&request),
            R::WshEventData(request) => self.wsh_event_data(&request),
            R::CancelWshEventData(request) => self.cancel_wsh_event_data(&request),
            R::QueryDisplayGroups(request) => self.display_groups(&request),
            R::SubscribeToGroupEvents(request) => self.subscribe_to_group(&request),
            R::UpdateDisplayGroup(request) => self.update_display_group(&request),
            R::UnsubscribeFromGroupEvents(request) => self.unsubscribe_from_group(&request),
            R::Config(request) => self.config(&request),
            R::UpdateConfig(request) => self.update_config(&request),
        }
    }
}

impl State {
    /// Hears one thing that the exchange says.
    pub(super) fn receive(&mut self, output: &Output, exchange: &mut Exchange) {
        if self.link.is_lost() {
            return self.link.hold(output);
        }
        match output {
            Output::Report { account, report } => self.on_report(account, report, exchange),
            Output::Position { position } => self.on_position(position, exchange),
            Output::Summary { summary } => self.on_summary(summary, exchange),
            Output::Market { listing } => self.on_market(*listing, exchange),
            Output::Print { listing, trade } => self.on_print(*listing, trade, exchange),
        }
    }

    /// Does what is due.
    pub(super) fn play_due(&mut self, exchange: &mut Exchange) {
        let now = exchange.now();
        while let Some(due) = self.timers.pop_due(now) {
            if let Some(due) = self.link.put_off(due) {
                self.play(due, exchange);
            }
        }
        if !self.link.is_lost() {
            self.see_orders_working(exchange);
        }
    }

    /// Does one thing that is due.
    pub(super) fn play(&mut self, due: Due, exchange: &mut Exchange) {
        match due {
            Due::Order(due) => self.do_order_due(due, exchange),
            Due::RealTimeBars => self.end_real_time_bars(exchange),
            Due::ShowLine(line) => self.show_line(line, exchange),
            Due::UpdateBars(line) => self.update_bars(line, exchange),
            Due::AccountFigures => self.tell_account_figures(exchange),
            Due::Scans => self.refresh_scans(exchange),
            Due::Fault(fault) => self.strike(&fault, exchange),
            Due::Reopen => self.reopen(exchange),
            Due::Relink(back) => self.relink(back, exchange),
        }
    }
}
