use broker_core::model::{AccountKind, Currency, Instrument, Mic, Money, Price};
use rust_decimal::{Decimal, dec};

use super::fixtures::*;
use super::{Account, AccountError, Correction};

/// Quantity, average price and today's profit or loss.
fn held(account: &Account, instrument: &Instrument) -> (Decimal, Option<Decimal>, Decimal) {
    let holding = account.holding(instrument).unwrap();
    let realized = holding.realized_today.amount;
    (holding.quantity, holding.average_price(), realized)
}

#[test]
fn a_sale_through_zero_flips_long_to_short() {
    let mut account = margin(dec!(10000));
    account
        .apply_fill(&fill("1", &apple(), dec!(10), dec!(100)))
        .unwrap();
    account
        .apply_fill(&fill("2", &apple(), dec!(10), dec!(110)))
        .unwrap();
    assert_eq!(
        held(&account, &apple()),
        (dec!(20), Some(dec!(105)), dec!(0))
    );

    let flip = account
        .apply_fill(&fill("3", &apple(), dec!(-30), dec!(120)))
        .unwrap();
    // 20 × (120 − 105); ten are short at 120.
    assert_eq!(flip.realized, Some(usd(dec!(300))));
    assert_eq!(
        held(&account, &apple()),
        (dec!(-10), Some(dec!(120)), dec!(300))
    );
    // 10 000 − 1000 − 1100 + 3600.
    assert_eq!(account.cash(Currency::USD), dec!(11500));

    let cover = account
        .apply_fill(&fill("4", &apple(), dec!(4), dec!(125)))
        .unwrap();
    assert_eq!(cover.realized, Some(usd(dec!(-20))));
    assert_eq!(
        held(&account, &apple()),
        (dec!(-6), Some(dec!(120)), dec!(280))
    );
}

#[test]
fn parts_of_a_position_realise_exactly_what_it_made() {
    let mut account = margin(dec!(1000));
    account
        .apply_fill(&fill("1", &apple(), dec!(2), dec!(10)))
        .unwrap();
    account
        .apply_fill(&fill("2", &apple(), dec!(1), dec!(11)))
        .unwrap();
    // 31 ÷ 3 does not end.
    let realized: Decimal = ["3", "4", "5"]
        .iter()
        .map(|id| {
            account
                .apply_fill(&fill(id, &apple(), dec!(-1), dec!(12)))
                .unwrap()
        })
        .map(|effect| effect.realized.unwrap().amount)
        .sum();
    assert_eq!(realized, dec!(5));
    assert_eq!(account.cash(Currency::USD), dec!(1005));
    assert_eq!(held(&account, &apple()), (dec!(0), None, dec!(5)));
}

#[test]
fn futures_move_cash_only_when_closed() {
    let mut account = margin(dec!(50000));
    account
        .apply_fill(&fill("1", &future(), dec!(2), dec!(5000)))
        .unwrap();
    assert_eq!(account.cash(Currency::USD), dec!(50000));
    let close = account
        .apply_fill(&fill("2", &future(), dec!(-1), dec!(5010.25)))
        .unwrap();
    assert_eq!(close.realized, Some(usd(dec!(512.50)))); // 10.25 × 50
    assert_eq!(account.cash(Currency::USD), dec!(50512.50));
}

#[test]
fn a_currency_pair_moves_both_currencies() {
    let mut account = paying(AccountKind::Margin, dec!(50000));
    let effect = account
        .apply_fill(&fill("1", &euro(), dec!(10000), dec!(1.1005)))
        .unwrap();
    assert_eq!(effect.commission, usd(dec!(2)));
    assert_eq!(account.cash(Currency::EUR), dec!(10000));
    assert_eq!(account.cash(Currency::USD), dec!(38993)); // 50 000 − 11 005 − 2
}

#[test]
fn a_bust_gives_back_the_minimum_only_with_the_last_fill() {
    let mut account = paying(AccountKind::Margin, dec!(100000));
    for id in ["1", "2", "3"] {
        account
            .apply_fill(&fill(id, &apple(), dec!(100), dec!(150)))
            .unwrap();
    }
    assert_eq!(account.cash(Currency::USD), dec!(54998.50)); // 45 000 + 1.50
    let bust = account.reverse_fill(&"1".parse().unwrap()).unwrap();
    assert_eq!(bust.commission, usd(dec!(-0.50)));
    assert_eq!(account.cash(Currency::USD), dec!(69999));
    account.reverse_fill(&"2".parse().unwrap()).unwrap();
    assert_eq!(account.cash(Currency::USD), dec!(84999));
    account.reverse_fill(&"3".parse().unwrap()).unwrap();
    assert_eq!(account.cash(Currency::USD), dec!(100000));
    assert_eq!(account.holding(&apple()), None);
}

#[test]
fn a_bust_of_the_opening_changes_what_later_fills_realised() {
    let mut account = margin(dec!(10000));
    account
        .apply_fill(&fill("1", &future(), dec!(1), dec!(5000)))
        .unwrap();
    account
        .apply_fill(&fill("2", &future(), dec!(-1), dec!(5010)))
        .unwrap();
    assert_eq!(account.cash(Currency::USD), dec!(10500));
    let bust = account.reverse_fill(&"1".parse().unwrap()).unwrap();
    assert_eq!(bust.realized, Some(usd(dec!(-500))));
    assert_eq!(account.cash(Currency::USD), dec!(10000));
    assert_eq!(
        held(&account, &future()),
        (dec!(-1), Some(dec!(5010)), dec!(0))
    );
}

#[test]
fn a_correction_changes_price_quantity_and_name() {
    let mut account = margin(dec!(10000));
    account
        .apply_fill(&fill("1", &apple(), dec!(10), dec!(100)))
        .unwrap();
    let correction = Correction {
        execution_id: Some("1.02".parse().unwrap()),
        price: Price::new(dec!(99)).unwrap(),
        quantity: dec!(8).try_into().unwrap(),
    };
    account
        .correct_fill(&"1".parse().unwrap(), &correction)
        .unwrap();
    assert_eq!(held(&account, &apple()), (dec!(8), Some(dec!(99)), dec!(0)));
    assert_eq!(account.cash(Currency::USD), dec!(9208));
    let gone = account.reverse_fill(&"1".parse().unwrap());
    assert_eq!(
        gone,
        Err(AccountError::UnknownExecution("1".parse().unwrap()))
    );
    account.reverse_fill(&"1.02".parse().unwrap()).unwrap();
    assert_eq!(account.cash(Currency::USD), dec!(10000));
}

#[test]
fn refused_fills_change_nothing() {
    let mut account = margin(dec!(1000));
    let first = fill("1", &apple(), dec!(1), dec!(100));
    account.apply_fill(&first).unwrap();
    let duplicate = AccountError::DuplicateExecution("1".parse().unwrap());
    assert_eq!(account.apply_fill(&first), Err(duplicate));

    let mut other = fill("2", &apple(), dec!(1), dec!(100));
    other.multiplier = dec!(2);
    assert_eq!(
        account.apply_fill(&other),
        Err(AccountError::Multiplier(apple()))
    );

    let index = Instrument::index("SPX", Mic::XCBO, Currency::USD).unwrap();
    let none = account.apply_fill(&fill("3", &index, dec!(1), dec!(5000)));
    assert_eq!(none, Err(AccountError::NotHeld(index)));

    let mut vast = fill("4", &coin(), dec!(1000000000000), dec!(1000000000000));
    vast.multiplier = dec!(1000000000000);
    assert_eq!(account.apply_fill(&vast), Err(AccountError::Overflow));
    let fine = fill(
        "5",
        &coin(),
        dec!(123456789.123456789012),
        dec!(987654321.123456789012),
    );
    assert_eq!(account.apply_fill(&fine), Err(AccountError::Precision));
    assert_eq!(account.cash(Currency::USD), dec!(900));
    assert_eq!(account.holdings.len(), 1);
    assert_eq!(account.executions.len(), 1);
}

#[test]
fn cash_that_overflows_leaves_both_currencies_alone() {
    let most = Money::new(Decimal::MAX, Currency::EUR);
    let mut account = margin(dec!(1000));
    account.deposit(most).unwrap();
    let result = account.apply_fill(&fill("1", &euro(), dec!(100), dec!(1.1)));
    assert_eq!(result, Err(AccountError::Overflow));
    assert_eq!(account.cash(Currency::USD), dec!(1000));
    assert_eq!(account.cash(Currency::EUR), Decimal::MAX);
    assert_eq!(account.holding(&euro()), None);
}

#[test]
fn only_known_kinds_open() {
    let other = AccountKind::Other("prop".into());
    let result = Account::new("U1".parse().unwrap(), other, Currency::USD, []);
    assert_eq!(result.err(), Some(AccountError::UnknownKind));
}

#[test]
fn a_closed_position_leaves_no_dust() {
    let tiny = dec!(0.12345678);
    let mut account = margin(dec!(1000));
    account
        .apply_fill(&fill("1", &coin(), tiny, dec!(100.12345678)))
        .unwrap();
    account
        .apply_fill(&fill("2", &coin(), -tiny, dec!(100)))
        .unwrap();
    assert_eq!(account.holding(&coin()).unwrap().cost, dec!(0));
}

/// A fill of an order of its own, which pays its own commission.
fn of_order(order: u64, quantity: Decimal, price: Decimal) -> super::Booking {
    super::Booking {
        order_key: order,
        ..fill(&order.to_string(), &apple(), quantity, price)
    }
}

#[test]
fn what_a_close_realises_less_both_commissions_adds_up_over_its_parts() {
    let mut account = paying(AccountKind::Margin, dec!(100000));
    let opened = account
        .apply_fill(&of_order(1, dec!(300), dec!(100)))
        .unwrap();
    assert_eq!(opened.realized_net, None);
    let mut both = opened.commission.amount;
    let mut net = Decimal::ZERO;
    for (id, units) in [(2, dec!(-100)), (3, dec!(-50)), (4, dec!(-150))] {
        let closed = account.apply_fill(&of_order(id, units, dec!(101))).unwrap();
        both += closed.commission.amount;
        let (gross, less) = (closed.realized.unwrap(), closed.realized_net.unwrap());
        assert!(less.amount < gross.amount, "{id}");
        net += less.amount;
    }
    assert!(both > Decimal::ZERO);
    // Three hundred times one, less all that was paid.
    assert_eq!(net.normalize(), (dec!(300) - both).normalize());
}

#[test]
fn a_turn_through_zero_keeps_the_commission_of_what_it_opens() {
    let mut account = paying(AccountKind::Margin, dec!(100000));
    let opened = account
        .apply_fill(&of_order(1, dec!(100), dec!(100)))
        .unwrap();
    let turned = account
        .apply_fill(&of_order(2, dec!(-200), dec!(101)))
        .unwrap();
    let half = turned.commission.amount / dec!(2);
    let net = turned.realized_net.unwrap().amount;
    assert_eq!(net, dec!(100) - opened.commission.amount - half);
    let covered = account
        .apply_fill(&of_order(3, dec!(100), dec!(101)))
        .unwrap();
    let net = covered.realized_net.unwrap().amount;
    assert_eq!(net, -half - covered.commission.amount);
}
