//! A bounded run of what the fuzz targets do without end: real messages, cut and bent.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng as _, SeedableRng as _},
};

use super::{fuzz, message::*};

/// Protobuf requests to start from, with the fields that lead furthest.
fn requests() -> Vec<Request> {
    let contract = Contract {
        symbol: Some("AAPL".into()),
        sec_type: Some("STK".into()),
        exchange: Some("SMART".into()),
        currency: Some("USD".into()),
        ..Contract::default()
    };
    let order = Order {
        action: Some("BUY".into()),
        total_quantity: Some("10".into()),
        order_type: Some("LMT".into()),
        lmt_price: Some(150.0),
        tif: Some("GTC".into()),
        account: Some("DU1".into()),
        transmit: Some(true),
        ..Order::default()
    };
    vec![
        Request::PlaceOrder(PlaceOrderRequest {
            order_id: Some(5),
            contract: Some(contract.clone()),
            order: Some(order),
            attached_orders: None,
        }),
        Request::CancelOrder(CancelOrderRequest {
            order_id: Some(5),
            order_cancel: None,
        }),
        Request::ContractData(ContractDataRequest {
            req_id: Some(1),
            contract: Some(contract.clone()),
        }),
        Request::MarketData(MarketDataRequest {
            req_id: Some(2),
            contract: Some(contract.clone()),
            generic_tick_list: Some("233,165".into()),
            ..MarketDataRequest::default()
        }),
        Request::HistoricalData(HistoricalDataRequest {
            req_id: Some(3),
            contract: Some(contract),
            bar_size_setting: Some("1 day".into()),
            duration: Some("5 D".into()),
            what_to_show: Some("TRADES".into()),
            ..HistoricalDataRequest::default()
        }),
        Request::AccountSummary(AccountSummaryRequest {
            req_id: Some(4),
            group: Some("All".into()),
            tags: Some("NetLiquidation".into()),
        }),
        Request::Executions(ExecutionRequest::default()),
        Request::WshMetaData(WshMetaDataRequest { req_id: Some(6) }),
        Request::UpdateConfig(UpdateConfigRequest::default()),
    ]
}

fn framed(request: &Request) -> Vec<u8> {
    let payload = request.to_proto().unwrap();
    let length = u32::try_from(payload.len() + 4).unwrap();
    let mut bytes = length.to_be_bytes().to_vec();
    bytes.extend_from_slice(&(request.id() + 200).to_be_bytes());
    bytes.extend_from_slice(&payload);
    bytes
}

/// Text requests to start from; `|` stands for NUL.
const TEXT: &[&str] = &[
    "71|2|1||",
    "9|8|1|0|AAPL|STK||0.0||||SMART||USD||||0||||",
    "1|11|2|0|AAPL|STK||0.0||||SMART||USD|||0|233|0|0||",
    "61|1|",
    "62|1|3|All|NetLiquidation|",
    "4|1|5||",
    "7|3|9|0|||||||",
    "20|3|0|AAPL|STK||0.0|||SMART||USD|||0||1 day|5 D|1|TRADES|1|0||",
];

struct Bender(ChaCha8Rng);

impl Bender {
    fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.0.next_u32()).unwrap() % most.max(1)
    }

    /// Cuts, flips, doubles and inserts bytes.
    fn bend(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len());
            match self.below(5) {
                0 => bytes.truncate(at),
                1 => {
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte ^= 1 << (self.0.next_u32() % 8);
                    }
                }
                2 => {
                    let tail = bytes.split_off(at);
                    bytes.extend_from_slice(&tail);
                    bytes.extend_from_slice(&tail);
                }
                3 => bytes.insert(at.min(bytes.len()), self.0.next_u32().to_le_bytes()[0]),
                _ => {
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte =
                            [0x00, 0xFF, b'-', b'9', b'.', b'E'][self.0.next_u32() as usize % 6];
                    }
                }
            }
        }
    }
}

#[test]
fn bent_bodies_are_read_or_refused() {
    let mut bender = Bender(ChaCha8Rng::seed_from_u64(1));
    let requests = requests();
    for _ in 0..20_000 {
        let mut body = framed(&requests[bender.below(requests.len())]).split_off(4);
        bender.bend(&mut body);
        fuzz::proto_body(&body);
        let mut body = TEXT[bender.below(TEXT.len())]
            .replace('|', "\0")
            .into_bytes();
        bender.bend(&mut body);
        fuzz::text_body(u8::try_from(bender.below(256)).unwrap(), &body);
    }
}

#[test]
fn bent_conversations_end_without_a_panic() {
    let mut bender = Bender(ChaCha8Rng::seed_from_u64(2));
    let requests = requests();
    let start = framed(&Request::StartApi(StartApiRequest {
        client_id: Some(1),
        optional_capabilities: None,
    }));
    for round in 0..60 {
        let mut bytes = b"API\0\0\0\0\x09v213..226".to_vec();
        bytes.extend_from_slice(&start);
        for _ in 0..12 {
            let mut frame = framed(&requests[bender.below(requests.len())]);
            if round % 4 != 0 {
                // The length stays true, so that the next frame is found.
                let mut body = frame.split_off(4);
                bender.bend(&mut body);
                body.push(0);
                frame = u32::try_from(body.len()).unwrap().to_be_bytes().to_vec();
                frame.extend_from_slice(&body);
            }
            bytes.extend_from_slice(&frame);
        }
        fuzz::conversation(&bytes);
    }
}
