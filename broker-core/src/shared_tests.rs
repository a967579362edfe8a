//! What may be shared between threads, and the clock.

use chrono::TimeDelta;

use crate::{
    Acknowledgement, Admitted, Broker, Capabilities, Clock as _, Covered, Desk, Error, Lookup,
    ManualClock, MarketData, OrderBuilder, OrderLookup, Portfolio, Reference, Research, Resolver,
    SessionState, Trading, event, feed, model, order_state, test_support::time,
};

/// Compiles only if all of them are.
#[test]
fn public_types_are_send_and_sync() {
    fn shared<T: Send + Sync + ?Sized>() {}
    shared::<Error>();
    shared::<dyn Broker>();
    shared::<dyn Trading>();
    shared::<dyn Portfolio>();
    shared::<dyn MarketData>();
    shared::<dyn Reference>();
    shared::<dyn Research>();
    shared::<Desk>();
    shared::<Resolver>();
    shared::<Admitted<model::NewOrder>>();
    shared::<OrderBuilder<'_, dyn Broker>>();
    shared::<Capabilities>();
    shared::<Acknowledgement>();
    shared::<Lookup>();
    shared::<OrderLookup>();
    shared::<Covered<Vec<model::Order>>>();
    shared::<SessionState>();
    shared::<ManualClock>();
    shared::<event::Ledger>();
    shared::<event::EventReader>();
    shared::<event::Event>();
    shared::<event::Baseline>();
    shared::<event::SnapshotTicket>();
    shared::<event::SequenceCheck>();
    shared::<event::SequenceFault>();
    shared::<feed::FeedHub>();
    shared::<feed::FeedLine>();
    shared::<feed::FeedSink>();
    shared::<feed::FeedStream>();
    shared::<feed::FeedItem>();
    shared::<order_state::OrderTracker>();
    shared::<order_state::Folded>();
    shared::<model::NewOrder>();
    shared::<model::OrderList>();
    shared::<model::ExecutionReport>();
    shared::<model::ContractDetails>();
    shared::<model::TradingSchedule>();
    #[cfg(feature = "mock")]
    shared::<crate::mock::MockBroker>();
}

#[test]
fn a_manual_clock_never_goes_back() {
    let clock = ManualClock::at(time(10));
    clock.advance(TimeDelta::seconds(-5));
    clock.set(time(3));
    assert_eq!(clock.now(), time(10));
    let same = clock.clone();
    clock.advance(TimeDelta::MAX);
    clock.set(time(12));
    assert_eq!(same.now(), time(12));
}
