use core::time::Duration;

use futures_util::{StreamExt as _, stream};
use ibapi::accounts::{AccountMultiValue, AccountUpdateMulti};
use tokio::time::{Instant, sleep};

use super::gather::{AT_MOST, Gathered, QUIET};

fn cash(amount: u32) -> AccountMultiValue {
    AccountMultiValue {
        account: "DU1".to_owned(),
        key: "TotalCashValue".to_owned(),
        value: amount.to_string(),
        currency: "USD".to_owned(),
        ..AccountMultiValue::default()
    }
}

/// A stream that tells another amount of cash in such a rhythm for so many times, and is silent then.
fn changing(
    times: u32,
    every: Duration,
) -> impl stream::Stream<Item = Result<AccountUpdateMulti, ibapi::Error>> {
    let told = stream::iter(0..times).then(move |amount| async move {
        sleep(every).await;
        Ok(AccountUpdateMulti::AccountMultiValue(cash(amount)))
    });
    told.chain(stream::pending())
}

#[tokio::test(start_paused = true)]
async fn figures_that_keep_changing_are_told_every_two_seconds() {
    let every = QUIET / 2;
    let mut told = Box::pin(changing(1_000, every));
    let mut gathered = Gathered::default();
    let begun = Instant::now();
    assert!(gathered.next(&mut told).await.unwrap().is_ok());
    assert_eq!(begun.elapsed(), every + AT_MOST);
    // The next two seconds begin with the next change, and not with the telling.
    let begun = Instant::now();
    assert!(gathered.next(&mut told).await.unwrap().is_ok());
    assert_eq!(begun.elapsed(), every + AT_MOST);
}

#[tokio::test(start_paused = true)]
async fn a_burst_is_told_once_as_soon_as_it_is_over() {
    let every = Duration::from_millis(10);
    let mut told = Box::pin(changing(20, every));
    let mut gathered = Gathered::default();
    let begun = Instant::now();
    assert!(gathered.next(&mut told).await.unwrap().is_ok());
    assert_eq!(begun.elapsed(), every * 20 + QUIET);
    let more = tokio::time::timeout(AT_MOST * 10, gathered.next(&mut told)).await;
    assert!(more.is_err(), "told twice");
}

#[tokio::test(start_paused = true)]
async fn what_was_told_before_and_has_not_changed_is_not_told_again() {
    let mut gathered = Gathered::default();
    gathered.take(&cash(5));
    let same = Ok(AccountUpdateMulti::AccountMultiValue(cash(5)));
    let mut told = stream::iter([same]).chain(stream::pending()).boxed();
    assert!(gathered.next(&mut told).await.unwrap().is_ok());
    let more = tokio::time::timeout(AT_MOST * 10, gathered.next(&mut told)).await;
    assert!(more.is_err(), "told twice");
}
