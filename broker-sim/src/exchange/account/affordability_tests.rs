use broker_core::model::{AccountKind, Currency, Money};
use proptest::prelude::*;
use rust_decimal::{Decimal, dec};

use super::fixtures::*;
use super::{AccountError, Refusal, Shortfall};

fn marks() -> Sheet {
    Sheet::default()
        .with(apple(), dec!(100))
        .with(coin(), dec!(90000))
        .with(euro(), dec!(1.1))
        .with(future(), dec!(5000))
        .with_rate(Currency::EUR, Currency::USD, dec!(1.1))
}

fn short_of(needed: Decimal, available: Decimal) -> Result<Money, Refusal> {
    Err(Refusal::Funds(Shortfall {
        needed: usd(needed),
        available: usd(available),
    }))
}

#[test]
fn a_cash_account_pays_in_full_with_commission() {
    let mut account = paying(AccountKind::Cash, dec!(1000));
    let buy = |quantity| order(&apple(), quantity, dec!(100));
    assert_eq!(
        account.can_afford(&buy(dec!(9)), &marks()),
        Ok(usd(dec!(901)))
    );
    assert_eq!(
        account.can_afford(&buy(dec!(10)), &marks()),
        short_of(dec!(1001), dec!(1000))
    );
    account.reserve(7, usd(dec!(901))).unwrap();
    assert_eq!(
        account.can_afford(&buy(dec!(1)), &marks()),
        short_of(dec!(101), dec!(99))
    );
    // Reserving again replaces.
    account.reserve(7, usd(dec!(500))).unwrap();
    assert_eq!(account.reserved(Currency::USD), dec!(500));
    assert_eq!(account.release(7), Ok(Some(usd(dec!(500)))));
    assert_eq!(account.release(7), Ok(None));
    assert_eq!(
        account.can_afford(&buy(dec!(9)), &marks()),
        Ok(usd(dec!(901)))
    );
}

#[test]
fn a_cash_account_sells_only_what_is_free() {
    let mut account = holding(
        free(AccountKind::Cash, dec!(10000)),
        &[(&apple(), dec!(10), dec!(100))],
    );
    let mut sell = order(&apple(), dec!(-10), dec!(100));
    assert_eq!(account.can_afford(&sell, &marks()), Ok(usd(dec!(0))));
    sell.committed = dec!(1);
    assert_eq!(
        account.can_afford(&sell, &marks()),
        Err(Refusal::ShortSale(apple()))
    );
    let future_order = order(&future(), dec!(1), dec!(5000));
    let refused = Refusal::ClassNotAllowed(future());
    assert_eq!(account.can_afford(&future_order, &marks()), Err(refused));
    // Euros that are not there.
    let sell = order(&euro(), dec!(-10), dec!(1.1));
    let euros = |amount| Money::new(amount, Currency::EUR);
    let shortfall = Shortfall {
        needed: euros(dec!(10)),
        available: euros(dec!(0)),
    };
    assert_eq!(
        account.can_afford(&sell, &marks()),
        Err(Refusal::Funds(shortfall))
    );
}

#[test]
fn proceeds_pay_only_when_they_have_settled() {
    let mut account = free(AccountKind::Cash, dec!(1060));
    account
        .apply_fill(&fill("1", &apple(), dec!(10), dec!(100)))
        .unwrap();
    account
        .apply_fill(&fill("2", &apple(), dec!(-10), dec!(110)))
        .unwrap();
    let buy = |quantity| order(&apple(), quantity, dec!(10));
    assert_eq!(
        account.can_afford(&buy(dec!(6)), &marks()),
        Ok(usd(dec!(60)))
    );
    assert_eq!(
        account.can_afford(&buy(dec!(7)), &marks()),
        short_of(dec!(70), dec!(60))
    );
    account.start_of_day(day(6));
    assert_eq!(
        account.can_afford(&buy(dec!(116)), &marks()),
        Ok(usd(dec!(1160)))
    );
}

#[test]
fn a_margin_account_needs_half() {
    let mut account = margin(dec!(1000));
    let buy = |quantity, price| order(&apple(), quantity, price);
    assert_eq!(
        account.can_afford(&buy(dec!(20), dec!(100)), &marks()),
        Ok(usd(dec!(1000)))
    );
    let over = account.can_afford(&buy(dec!(21), dec!(100)), &marks());
    assert_eq!(over, short_of(dec!(1050), dec!(1000)));
    // Two above the mark are lost at once: 1000 + 40; two below are not gained.
    let dear = account.can_afford(&buy(dec!(20), dec!(102)), &marks());
    assert_eq!(dear, short_of(dec!(1040), dec!(1000)));
    let cheap = account.can_afford(&buy(dec!(20), dec!(98)), &marks());
    assert_eq!(cheap, Ok(usd(dec!(1000))));
    // Half for a short sale too.
    let sell = account.can_afford(&buy(dec!(-20), dec!(100)), &marks());
    assert_eq!(sell, Ok(usd(dec!(1000))));
}

#[test]
fn what_reduces_a_position_is_never_refused() {
    let mut account = holding(margin(dec!(1000)), &[(&apple(), dec!(20), dec!(100))]);
    // At 60 the account is far under water: 1000 − 2000 + 1200 against 600.
    let low = marks().with(apple(), dec!(60));
    let sell = order(&apple(), dec!(-5), dec!(60));
    assert_eq!(account.can_afford(&sell, &low), Ok(usd(dec!(0))));
    let buy = order(&apple(), dec!(1), dec!(60));
    assert_eq!(
        account.can_afford(&buy, &low),
        short_of(dec!(30), dec!(-400))
    );
}

#[test]
fn options_and_coins_of_a_margin_account() {
    let sheet = marks().with(option('C', 105), dec!(2));
    let mut account = margin(dec!(1500));
    let call = |quantity| order(&option('C', 105), quantity, dec!(2));
    assert_eq!(
        account.can_afford(&call(dec!(7)), &sheet),
        Ok(usd(dec!(1400)))
    );
    assert_eq!(
        account.can_afford(&call(dec!(8)), &sheet),
        short_of(dec!(1600), dec!(1500))
    );
    // Writing: 1700 needed, 200 comes in.
    assert_eq!(
        account.can_afford(&call(dec!(-1)), &sheet),
        Ok(usd(dec!(1500)))
    );
    let coins = order(&coin(), dec!(-0.01), dec!(90000));
    assert_eq!(
        account.can_afford(&coins, &sheet),
        Err(Refusal::ShortSale(coin()))
    );
    let coins = order(&coin(), dec!(0.01), dec!(90000));
    assert_eq!(account.can_afford(&coins, &sheet), Ok(usd(dec!(900))));
    let futures = order(&future(), dec!(1), dec!(5000));
    assert_eq!(
        account.can_afford(&futures, &sheet),
        short_of(dec!(12500), dec!(1500))
    );
}

#[test]
fn shares_under_a_written_call_cannot_all_be_sold() {
    let call = option('C', 105);
    let sheet = marks().with(call.clone(), dec!(2));
    let positions = [(&apple(), dec!(100), dec!(100)), (&call, dec!(-1), dec!(2))];
    let mut account = holding(margin(dec!(5000)), &positions);
    // Without the shares the call is naked: 1700 needed, 5000 freed.
    let sell = order(&apple(), dec!(-100), dec!(100));
    assert_eq!(account.can_afford(&sell, &sheet), Ok(usd(dec!(0))));
    let short = order(&apple(), dec!(-200), dec!(100));
    // 5000 short margin + 1700 − 5000.
    assert_eq!(
        account.can_afford(&short, &sheet),
        short_of(dec!(1700), dec!(200))
    );
}

#[test]
fn missing_figures_are_named_and_kept_ones_follow_the_revision() {
    let mut account = holding(margin(dec!(10000)), &[(&apple(), dec!(10), dec!(100))]);
    let buy = order(&coin(), dec!(0.1), dec!(90000));
    let nothing = Sheet::default();
    let missing = Refusal::Unknown(AccountError::NoMark(apple()));
    assert_eq!(account.can_afford(&buy, &nothing), Err(missing));
    assert_eq!(account.can_afford(&buy, &marks()), Ok(usd(dec!(9000))));
    let mut old = marks();
    old.prices.insert(apple(), dec!(10));
    // The same revision: the old price of 100 holds.
    assert_eq!(account.can_afford(&buy, &old), Ok(usd(dec!(9000))));
    old.revision += 1;
    assert_eq!(account.can_afford(&buy, &old), Ok(usd(dec!(9000))));
    let most = order(&coin(), dec!(1), dec!(90000));
    // 9000 cash + 100 shares − 50.
    assert_eq!(
        account.can_afford(&most, &old),
        short_of(dec!(90000), dec!(9050))
    );
}

#[test]
fn margin_orders_pay_commission_and_respect_reservations_and_open_losses() {
    let mut account = paying(AccountKind::Margin, dec!(20000));
    let buy = |quantity| order(&apple(), quantity, dec!(100));
    assert_eq!(
        account.can_afford(&buy(dec!(20)), &marks()),
        Ok(usd(dec!(1001)))
    );
    account.reserve(1, usd(dec!(19000))).unwrap();
    let over = account.can_afford(&buy(dec!(20)), &marks());
    assert_eq!(over, short_of(dec!(1001), dec!(1000)));
    account.release(1).unwrap();

    // One future at 5000, now 4990: 20 000 − 2.23 − 500 − 12 475.
    account
        .apply_fill(&fill("1", &future(), dec!(1), dec!(5000)))
        .unwrap();
    let low = marks().with(future(), dec!(4990));
    let most = account.can_afford(&buy(dec!(200)), &low);
    assert_eq!(most, short_of(dec!(10001), dec!(7022.77)));
}

#[test]
fn a_busted_fill_frees_its_margin() {
    let mut account = margin(dec!(1000));
    account
        .apply_fill(&fill("1", &apple(), dec!(20), dec!(100)))
        .unwrap();
    let coins = order(&coin(), dec!(0.01), dec!(90000));
    assert_eq!(
        account.can_afford(&coins, &marks()),
        short_of(dec!(900), dec!(0))
    );
    account.reverse_fill(&"1".parse().unwrap()).unwrap();
    assert_eq!(account.can_afford(&coins, &marks()), Ok(usd(dec!(900))));
    let more = order(&coin(), dec!(0.02), dec!(90000));
    assert_eq!(
        account.can_afford(&more, &marks()),
        short_of(dec!(1800), dec!(1000))
    );
}

proptest! {
    /// Figures that are kept give what figures computed afresh give.
    #[test]
    fn kept_figures_are_right(
        steps in prop::collection::vec((0_usize..6, -5_i32..=5, 1_u32..4, any::<bool>()), 1..40),
        portfolio in any::<bool>(),
    ) {
        let list = [apple(), option('C', 100), option('C', 105), option('P', 95), future(), euro()];
        let mut sheet = marks()
            .with(option('C', 100), dec!(4))
            .with(option('C', 105), dec!(2))
            .with(option('P', 95), dec!(1));
        let kind = if portfolio { AccountKind::PortfolioMargin } else { AccountKind::Margin };
        let mut account = paying(kind, dec!(20000));
        for (index, (which, quantity, price, moves)) in steps.into_iter().enumerate() {
            let instrument = &list[which];
            if quantity != 0 {
                let fill = fill(&index.to_string(), instrument, quantity.into(), price.into());
                account.apply_fill(&fill).unwrap();
            }
            if moves {
                sheet = sheet.with(instrument.clone(), price.into());
            }
            let order = order(&list[(which + index) % 6], dec!(2), price.into());
            let kept = account.can_afford(&order, &sheet);
            let mut fresh = account.clone();
            fresh.valuation.revision = None;
            prop_assert_eq!(&kept, &fresh.can_afford(&order, &sheet));
            let total = account.requirement_with(None, &sheet).unwrap();
            prop_assert_eq!(total, account.valuation.total);
            let change = account.requirement_with(Some(&order), &sheet).unwrap();
            let mut filled = account.clone();
            filled = filled.with_commissions(super::CommissionSchedule::free());
            let id = format!("x{index}");
            let fill = fill(&id, &order.instrument, dec!(2), price.into());
            filled.apply_fill(&fill).unwrap();
            let after = filled.requirement_with(None, &sheet).unwrap();
            prop_assert_eq!(change.initial, after.initial);
            prop_assert_eq!(change.maintenance, after.maintenance);
        }
    }
}
