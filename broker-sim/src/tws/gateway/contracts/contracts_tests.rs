use broker_core::model::{Currency, Instrument, Mic};

use super::{Contracts, Unclear};
use crate::{paper::PaperBroker, tws::message::Contract};

fn stock(symbol: &str, exchange: &str, currency: &str) -> Contract {
    Contract {
        symbol: Some(symbol.into()),
        sec_type: Some("STK".into()),
        exchange: Some(exchange.into()),
        currency: Some(currency.into()),
        ..Contract::default()
    }
}

#[test]
fn a_written_contract_finds_its_instrument_again_with_and_without_its_number() {
    let world = PaperBroker::builder().build_world().unwrap();
    world.with_exchange(|exchange| {
        let mut contracts = Contracts::default();
        let listed: Vec<Instrument> = exchange.instruments().cloned().collect();
        assert!(listed.len() > 25, "the world has instruments");
        for instrument in listed {
            let mut written = contracts.write(exchange, &instrument);
            assert_eq!(
                contracts.find_one(exchange, &written),
                Ok(instrument.clone())
            );
            written.con_id = None;
            assert_eq!(
                contracts.find_one(exchange, &written),
                Ok(instrument.clone())
            );
        }
    });
}

#[test]
fn a_number_that_another_server_gave_is_understood() {
    let world = PaperBroker::builder().build_world().unwrap();
    world.with_exchange(|exchange| {
        let option = Contract {
            symbol: Some("AAPL".into()),
            sec_type: Some("OPT".into()),
            ..Contract::default()
        };
        let mut first = Contracts::default();
        let options = first.find(exchange, &option);
        assert!(options.len() > 100, "a chain");
        let wanted = options.last().unwrap();
        let written = first.write(exchange, wanted);
        let by_number = Contract {
            con_id: written.con_id,
            ..Contract::default()
        };
        let found = Contracts::default().find_one(exchange, &by_number);
        assert_eq!(found.as_ref(), Ok(wanted));
    });
}

#[test]
fn words_that_fit_nothing_find_nothing() {
    let world = PaperBroker::builder().build_world().unwrap();
    world.with_exchange(|exchange| {
        let mut contracts = Contracts::default();
        for contract in [
            stock("NOSUCH", "SMART", "USD"),
            stock("AAPL", "SMART", "EUR"),
            stock("AAPL", "MOON", "USD"),
            Contract::default(),
        ] {
            assert_eq!(
                contracts.find_one(exchange, &contract),
                Err(Unclear::Unknown)
            );
        }
        let apple = Instrument::equity("AAPL", Mic::XNAS, Currency::USD).unwrap();
        let found = contracts.find_one(exchange, &stock("AAPL", "SMART", "USD"));
        assert_eq!(found, Ok(apple));
        let tencent = contracts
            .find_one(exchange, &stock("700", "SEHK", "HKD"))
            .unwrap();
        assert_eq!(tencent.to_string(), "00700.XHKG");
    });
}

#[test]
fn a_future_without_a_date_is_ambiguous_and_its_continuous_form_is_the_next() {
    let world = PaperBroker::builder().build_world().unwrap();
    world.with_exchange(|exchange| {
        let mut contracts = Contracts::default();
        let mut future = Contract {
            symbol: Some("ES".into()),
            sec_type: Some("FUT".into()),
            exchange: Some("CME".into()),
            ..Contract::default()
        };
        let all = match contracts.find_one(exchange, &future) {
            Err(Unclear::Ambiguous(all)) => all,
            other => panic!("{other:?}"),
        };
        future.sec_type = Some("CONTFUT".into());
        assert_eq!(contracts.find_one(exchange, &future).as_ref(), Ok(&all[0]));
    });
}
