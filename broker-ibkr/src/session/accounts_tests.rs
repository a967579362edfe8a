use broker_core::{
    ErrorKind,
    model::{AccountId, Environment},
};

use super::accounts::admit;
use crate::AccountFilter;

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

#[test]
fn a_live_login_is_refused_where_paper_was_asked_for() {
    let refused = admit(
        &names(&["U1234567"]),
        &AccountFilter::All,
        Environment::Paper,
    )
    .unwrap_err();
    assert_eq!(
        (refused.kind(), refused.field()),
        (ErrorKind::InvalidRequest, Some("environment"))
    );
    assert!(!refused.message().contains("U1234567"));
}

#[test]
fn a_paper_login_is_refused_where_live_was_asked_for() {
    assert!(
        admit(
            &names(&["DU1234567"]),
            &AccountFilter::All,
            Environment::Live
        )
        .is_err()
    );
}

#[test]
fn one_live_account_among_paper_ones_is_refused() {
    assert!(
        admit(
            &names(&["DF1", "U2"]),
            &AccountFilter::All,
            Environment::Paper
        )
        .is_err()
    );
}

#[test]
fn an_advisors_paper_login_gives_all_its_accounts() {
    let accounts = admit(
        &names(&["DF1", "DU2", ""]),
        &AccountFilter::All,
        Environment::Paper,
    )
    .unwrap();
    assert_eq!(
        accounts,
        [
            AccountId::new("DF1").unwrap(),
            AccountId::new("DU2").unwrap()
        ]
    );
}

#[test]
fn a_filter_keeps_the_accounts_it_names_and_fails_for_others() {
    let only = |name: &str| AccountFilter::only([AccountId::new(name).unwrap()]);
    let login = names(&["DU1", "DU2"]);
    let accounts = admit(&login, &only("DU2"), Environment::Paper).unwrap();
    assert_eq!(accounts, [AccountId::new("DU2").unwrap()]);
    let missing = admit(&login, &only("DU3"), Environment::Paper).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
}

#[test]
fn a_login_without_accounts_is_not_logged_in() {
    let error = admit(&names(&[""]), &AccountFilter::All, Environment::Paper).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication);
}
