//! The one list of checks.

/// Every check: its room, its function, its number, its title. [`CHECKS`](super::CHECKS) and the
/// tests of [`conformance_tests!`](crate::conformance_tests) are made of it.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_list {
    ($then:ident $arguments:tt) => {
        $crate::$then! { $arguments
            p01_err_is_absence {
                p1_1_dropped_before_write "P1.1" "A submit whose connection is lost before it is written tells the truth."
                p1_2_dropped_mid_frame "P1.2" "A submit whose connection is lost in mid frame tells the truth."
                p1_3_dropped_after_write "P1.3" "A submit whose connection is lost after it was written tells the truth."
                p1_4_dropped_before_reply "P1.4" "A submit that took effect and lost its answer is never an error."
                p1_5_silence_after_accept "P1.5" "A submit that took effect and is never answered is never an error."
                p1_6_silence_before_accept "P1.6" "A submit that was swallowed is found to be absent."
                p1_7_gateway_error "P1.7" "A submit that a gateway answered with an error tells the truth."
                p1_8_replace "P1.8" "A replace tells the truth wherever it is struck."
                p1_9_cancel "P1.9" "A cancel tells the truth wherever it is struck."
                p1_10_dropped_call "P1.10" "A submit that is dropped leaves an order that a lookup finds."
                p1_11_refused_by_the_broker "P1.11" "A submit that the broker refused leaves no order."
            }
            p02_one_intent {
                p2_1_twice "P2.1" "The same identifier twice makes one order, and nothing is sent again."
                p2_2_in_parallel "P2.2" "64 equal submits at once make one order."
                p2_3_after_unconfirmed "P2.3" "An unconfirmed order is never sent again, not by hand and not by itself."
                p2_4_after_a_lookup "P2.4" "An order that a lookup found is not sent again."
                p2_5_after_a_restart "P2.5" "A new process makes no second order of an old identifier."
                p2_6_unconfirmed_over_a_restart "P2.6" "A new process finds the unconfirmed order of the old one by its identifier."
                p2_7_retry_after_proof "P2.7" "After proof of absence the same order can be sent, once."
                p2_8_finished_identifiers_stay_used "P2.8" "The identifier of a finished order stays used."
            }
            p03_status {
                p3_1_a_fill "P3.1" "An order is filled when its fills add up, and stays so."
                p3_2_fill_before_acknowledgement "P3.2" "A fill before the acknowledgement counts."
                p3_3_duplicated_reports "P3.3" "A fill that is reported twice counts once."
                p3_4_reordered_reports "P3.4" "Reports in the wrong order end in the right state."
                p3_5_delayed_reports "P3.5" "Reports that come late end in the right state."
                p3_6_a_bust "P3.6" "A bust lowers the filled quantity."
                p3_7_a_correction "P3.7" "A correction replaces the fill."
                p3_8_a_late_fill "P3.8" "A fill that is reported after a cancel counts."
                p3_9_open_orders_stay_open "P3.9" "An order works until the broker ends it, without warnings."
                p3_10_a_bust_that_nobody_heard "P3.10" "A bust without a connection is found afterwards, and told."
            }
            p04_rejections {
                p4_1_a_rejected_order "P4.1" "A rejection arrives with the broker's code and words."
                p4_2_a_warning "P4.2" "A warning arrives verbatim and leaves the order alive."
                p4_3_a_rejected_replace "P4.3" "A refused replace leaves the order as it was and says why."
                p4_4_a_rejected_cancel "P4.4" "A refused cancel leaves the order as it was and says why."
            }
            p05_too_late {
                p5_1_cancel_of_a_filled_order "P5.1" "Canceling a filled order is too late."
                p5_2_cancel_of_a_canceled_order "P5.2" "Canceling a canceled order is too late."
                p5_3_cancel_of_an_unknown_order "P5.3" "Canceling an unknown order finds nothing."
                p5_4_replace_of_a_filled_order "P5.4" "Replacing a filled order is too late."
                p5_5_replace_of_an_unknown_order "P5.5" "Replacing an unknown order finds nothing."
                p5_6_replace_below_the_filled_quantity "P5.6" "Replacing to no more than is filled is refused unsent."
                p5_7_cancel_after_a_restart "P5.7" "A new process knows that an order filled in another life is over."
                p5_8_an_unknown_account "P5.8" "An unknown account is not found, whatever is asked of it."
            }
            p06_before_sending {
                p6_1_off_tick "P6.1" "A price off the increment is refused unsent."
                p6_2_off_lot "P6.2" "A quantity off the lot is refused unsent."
                p6_3_too_much "P6.3" "A quantity above the maximum is refused unsent."
                p6_4_zero_through_json "P6.4" "A quantity of zero cannot be written down."
                p6_5_a_long_identifier "P6.5" "An identifier that the broker would cut is refused unsent."
                p6_6_values_that_make_no_sense "P6.6" "Distances that make no sense are refused unsent."
                p6_7_an_expired_instrument "P6.7" "An expired instrument is refused unsent."
                p6_8_an_instrument_that_is_not_there "P6.8" "An instrument that is not there, or not traded, is refused unsent."
            }
            p06_forms {
                p6_20_declared_forms_are_taken "P6.20" "The broker takes every form of order that is declared."
                p6_21_other_forms_never_leave "P6.21" "Every other form is refused as unsupported, unsent."
                p6_22_other_forms_are_refused_by_the_broker "P6.22" "The broker would take no form that is not declared."
            }
            p07_sequence {
                p7_1_dense_in_normal_life "P7.1" "Events are numbered without holes, the same for all readers."
                p7_2_dense_over_a_reconnect "P7.2" "Events are numbered without holes over a reconnect."
                p7_3_an_epoch_begins_with_a_snapshot "P7.3" "An epoch begins with Session(Ready) and a snapshot."
                p7_4_a_snapshot_equals_the_truth "P7.4" "A snapshot is the truth."
                p7_5_a_restart_finds_everything "P7.5" "A new process finds every order with its terms."
                p7_6_what_happens_meanwhile_is_found "P7.6" "What happens without a connection is found afterwards."
                p7_7_the_stream_ends_when_closed "P7.7" "The stream ends after Session(Closed)."
            }
            p08_gaps {
                p8_1_a_lost_connection_is_a_gap "P8.1" "A lost connection is announced as a gap, and a snapshot follows."
                p8_2_a_slow_reader_is_placed_anew "P8.2" "A reader that fell behind is told and placed anew."
                p8_3_a_sleeping_reader_stops_nobody "P8.3" "A reader that never reads stops nobody."
            }
            p09_coverage {
                p9_1_lists_without_a_connection "P9.1" "Without a connection no list claims that there is nothing."
                p9_2_an_empty_account_without_a_connection "P9.2" "Without a connection even an empty account proves nothing."
                p9_3_a_lookup_without_a_connection "P9.3" "Without a connection no lookup proves absence."
                p9_4_a_snapshot_without_a_connection "P9.4" "Without a connection the ledger does not claim to know everything."
                p9_5_whole_again_afterwards "P9.5" "With the connection back, lists are complete and true."
                p9_6_a_list_claims_what_it_lists "P9.6" "A list of fills claims no day of which it lacks some."
            }
            p10_lines {
                p10_1_many_readers_one_line "P10.1" "Many readers are one line upstream; the last drop releases it."
                p10_2_readers_at_once "P10.2" "Readers that come at once share one line."
                p10_3_a_line_survives_a_reconnect "P10.3" "A line survives a reconnect, and its readers are told of the gap."
                p10_4_a_line_that_fails_leaves_nothing "P10.4" "A subscription that fails leaves no line open."
            }
            p11_bounded {
                p11_1_submit "P11.1" "A submit that is never answered ends."
                p11_2_replace "P11.2" "A replace that is never answered ends."
                p11_3_cancel "P11.3" "A cancel that is never answered ends."
                p11_4_calls_without_a_connection "P11.4" "Every call ends without a connection."
                p11_5_calls_after_close "P11.5" "Every call ends after close."
                p11_6_garbage "P11.6" "Every call ends after garbage, and the session comes back."
            }
            p12_session {
                p12_1_a_ban_for_pacing "P12.1" "A ban for pacing is RateLimited or a wait, and sends nothing."
                p12_2_a_nightly_reset "P12.2" "A nightly reset is a state, and the session comes back by itself."
                p12_3_a_competing_session "P12.3" "A displaced session says so and does not fight."
                p12_4_a_lost_connection "P12.4" "A lost connection is a state, and the session comes back by itself."
                p12_5_declared_budgets "P12.5" "A declared budget is never exceeded as the server counts."
            }
            p13_tokens {
                p13_1_a_lapsed_token "P13.1" "A lapsed token is renewed, or a person is told what to do."
            }
            p14_numbers {
                p14_1_digit_for_digit "P14.1" "Odd prices and quantities arrive digit for digit, after a restart too."
                p14_2_fills_are_exact "P14.2" "Fills arrive digit for digit."
                p14_3_no_sentinels "P14.3" "No vendor's \"no value\" number gets through."
            }
            p15_time {
                p15_1_schedules_over_a_clock_change "P15.1" "Sessions keep their local time over a clock change."
                p15_2_schedules_cover_the_range "P15.2" "A schedule covers the dates asked for and knows that the market is open."
                p15_3_events_happen_when_they_happen "P15.3" "Events are told with the time at which they happened."
            }
            p16_secrets {
                p16_1_the_broker "P16.1" "No secret is printed by the broker and its services."
                p16_2_errors_and_events "P16.2" "No secret is printed by errors, events and session states."
            }
            order_types {
                c_market "C-MARKET" "Market: filled at the market."
                c_limit "C-LIMIT" "Limit: never filled worse than its price."
                c_market_to_limit "C-MARKET-TO-LIMIT" "Market to limit: the rest keeps the price of the first fill."
                c_twap "C-TWAP" "TWAP: slices over time, done by the end."
                c_vwap "C-VWAP" "VWAP: slices over time, done by the end."
            }
            conditional {
                c_stop "C-STOP" "Stop: waits for its trigger, then fills."
                c_stop_limit "C-STOP-LIMIT" "Stop limit: set off by its trigger, filled within its limit."
                c_trailing_stop "C-TRAILING-STOP" "Trailing stop: the trigger follows the market and never moves back."
                c_trailing_stop_limit "C-TRAILING-STOP-LIMIT" "Trailing stop limit: follows, then fills within its limit."
                c_market_if_touched "C-MARKET-IF-TOUCHED" "Market if touched: waits for its trigger, then fills."
                c_limit_if_touched "C-LIMIT-IF-TOUCHED" "Limit if touched: waits for its trigger, fills within its limit."
            }
            auctions {
                c_market_on_open "C-MARKET-ON-OPEN" "Market on open: filled in the opening auction."
                c_limit_on_open "C-LIMIT-ON-OPEN" "Limit on open: filled in the opening auction."
                c_market_on_close "C-MARKET-ON-CLOSE" "Market on close: filled in the closing auction."
                c_limit_on_close "C-LIMIT-ON-CLOSE" "Limit on close: filled in the closing auction."
                c_auction "C-AUCTION" "Auction: filled in the next auction."
                c_auction_limit "C-AUCTION-LIMIT" "Auction limit: filled in the next auction."
                c_opg "C-OPG" "At the opening: filled in the opening auction only."
                c_at_close "C-AT-CLOSE" "At the close: filled in the closing auction only."
            }
            times_in_force {
                c_day "C-DAY" "Day: over with the day."
                c_gtc "C-GTC" "Good till canceled: still open the next day."
                c_gtd "C-GTD" "Good till date: open before, over after."
                c_ioc "C-IOC" "Immediate or cancel: never rests."
                c_fok "C-FOK" "Fill or kill: all or nothing."
            }
            lists {
                c_bracket "C-BRACKET" "Bracket: exits wait for the entry, and one cancels the other."
                c_one_cancels_other "C-ONE-CANCELS-OTHER" "One cancels other: the first fill cancels the rest."
                c_one_cancels_other_in_part "C-ONE-CANCELS-OTHER-IN-PART" "One cancels other: a partial fill reduces the rest."
                c_one_triggers_other "C-ONE-TRIGGERS-OTHER" "One triggers other: the rest waits for the first fill."
            }
            replace {
                c_replace_quantity "C-REPLACE-QUANTITY" "Replace: the quantity."
                c_replace_limit_price "C-REPLACE-LIMIT-PRICE" "Replace: the limit price."
                c_replace_trigger_price "C-REPLACE-TRIGGER-PRICE" "Replace: the trigger price."
                c_replace_trailing_offset "C-REPLACE-TRAILING-OFFSET" "Replace: the trailing distance."
                c_replace_time_in_force "C-REPLACE-TIME-IN-FORCE" "Replace: the lifetime."
            }
            amounts {
                c_cash_amount "C-CASH-AMOUNT" "An order for an amount of money spends no more than that."
                c_fractional "C-FRACTIONAL" "An order for a fraction fills the fraction."
                c_display_quantity "C-DISPLAY-QUANTITY" "An order shows a part of its quantity."
                c_short_sale "C-SHORT-SALE" "A short sale opens a short position."
                c_preview "C-PREVIEW" "A preview has no effect and uses up no identifier."
                c_exercise "C-EXERCISE" "An exercised option is gone."
                c_cancel_all "C-CANCEL-ALL" "Cancel-all cancels every open order."
            }
            accounts {
                c_accounts "C-ACCOUNTS" "Every account of the login is listed."
                c_account_isolation "C-ACCOUNT-ISOLATION" "Nothing of one account shows in another."
                c_positions "C-POSITIONS" "Positions are what is held."
                c_summary "C-SUMMARY" "The summary is the account's, in its base currency."
            }
            market_data {
                c_quotes "C-QUOTES" "Quotes are the market's, one answer per instrument."
                c_depth "C-DEPTH" "Depth is sorted from the best and no deeper than asked."
                c_trades "C-TRADES" "Trades are sorted from the oldest."
                c_history "C-HISTORY" "Bars are possible, sorted and within the limit."
            }
            streams {
                c_stream_quotes "C-STREAM-QUOTES" "A line of quotes brings quotes."
                c_stream_depth "C-STREAM-DEPTH" "A line of depth brings books."
                c_stream_trades "C-STREAM-TRADES" "A line of trades brings trades."
                c_stream_bars "C-STREAM-BARS" "A line of bars brings bars."
            }
            reference {
                c_contract "C-CONTRACT" "A contract is what was asked for."
                c_search "C-SEARCH" "A search finds what is there and nothing else."
                c_resolve "C-RESOLVE" "A symbol resolves to its instrument."
                c_resolve_ambiguity "C-RESOLVE-AMBIGUITY" "An ambiguous symbol names its candidates."
                c_option_chain "C-OPTION-CHAIN" "A chain is sorted and of one expiry."
                c_greeks "C-GREEKS" "Price and volatility of an option imply each other."
            }
            research {
                c_fundamentals "C-FUNDAMENTALS" "Company reports are of the kind asked for."
                c_corporate_actions "C-CORPORATE-ACTIONS" "Corporate actions are sorted and within the dates."
                c_news "C-NEWS" "Headlines are sorted from the newest and lead to articles."
                c_scanner "C-SCANNER" "Scanner rows are ranked and within the limit."
            }
        }
    };
}

/// Makes one test of every check: `broker_sim::conformance_tests!(my_harness());`
///
/// The expression is evaluated once per test and has to give a [`Harness`](crate::conformance::Harness).
/// Put it into a module of its own. Each test is named after its check, such as
/// `p2_1_twice`, and makes it with [`test_one`](crate::conformance::test_one).
///
/// ```
/// use broker_sim::conformance::{Harness, Rig};
/// struct AcmeHarness;
/// # #[broker_core::async_trait]
/// impl Harness for AcmeHarness {
///     // …
/// #   async fn start(&self) -> broker_core::Result<Box<dyn Rig>> { unimplemented!() }
/// }
///
/// mod conformance {
///     broker_sim::conformance_tests!(super::AcmeHarness);
/// }
/// ```
#[macro_export]
macro_rules! conformance_tests {
    ($harness:expr) => {
        $crate::__conformance_list!(__conformance_test_functions[$harness]);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_test_functions {
    ([$harness:expr]
     $( $room:ident { $( $name:ident $id:literal $title:literal )+ } )+) => {
        $( $(
            #[doc = $title]
            #[test]
            fn $name() -> ::core::result::Result<(), $crate::conformance::Failure> {
                $crate::conformance::test_one($id, $harness)
            }
        )+ )+
    };
}
