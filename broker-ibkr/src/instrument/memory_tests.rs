use std::sync::Arc;

use broker_core::model::{Instrument, Native, Symbol};
use chrono::{DateTime, Utc};
use ibapi::contracts::{Contract, ContractDetails};

use super::{
    Listing,
    memory::{Memory, Standing},
};

fn now() -> DateTime<Utc> {
    "2026-01-15T17:00:00Z".parse().unwrap()
}

fn listing(number: i32) -> Arc<Listing> {
    let contract = Contract {
        contract_id: number,
        ..Contract::default()
    };
    Arc::new(Listing::for_tests(ContractDetails {
        contract,
        ..ContractDetails::default()
    }))
}

fn name(text: &str) -> Instrument {
    Instrument::Native(Native {
        broker: "ibkr".parse().unwrap(),
        id: Symbol::new(text).unwrap(),
    })
}

fn meant(memory: &mut Memory) -> Option<i32> {
    let (listing, _) = memory.meant(&name("X"), now())?;
    Some(listing.contract.contract_id)
}

#[test]
fn a_contested_name_is_decided_by_asking_for_it_and_by_nothing_else() {
    let mut memory = Memory::default();
    let see = |memory: &mut Memory, number, standing| {
        memory.remember(name("X"), &listing(number), standing, now());
        meant(memory)
    };
    assert_eq!(see(&mut memory, 1, Standing::Seen), None);
    assert_eq!(see(&mut memory, 1, Standing::Found), Some(1));
    assert_eq!(see(&mut memory, 2, Standing::Found), None);
    assert_eq!(see(&mut memory, 1, Standing::Found), None);
    assert_eq!(see(&mut memory, 3, Standing::Seen), None);
    assert_eq!(see(&mut memory, 2, Standing::Chosen), Some(2));
    assert_eq!(see(&mut memory, 1, Standing::Found), Some(2));
    assert_eq!(see(&mut memory, 1, Standing::Chosen), Some(1));
}

#[test]
fn what_nobody_asks_for_is_forgotten_and_what_is_in_use_is_not() {
    let mut memory = Memory::default();
    memory.remember(name("X"), &listing(1), Standing::Chosen, now());
    for number in 2..30_000 {
        let other = name(&number.to_string());
        memory.remember(other, &listing(number), Standing::Found, now());
        if number % 1_000 == 0 {
            assert_eq!(meant(&mut memory), Some(1));
            assert!(memory.numbered(1).is_some());
        }
    }
    let (names, numbers) = memory.sizes();
    assert!(names < 10_000 && numbers < 10_000, "{names} and {numbers}");
    assert!(memory.numbered(2).is_none());
}
