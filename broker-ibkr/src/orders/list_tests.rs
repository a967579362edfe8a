use core::time::Duration;
use std::sync::Arc;

use broker_core::{
    Acknowledgement, dec,
    model::{AccountId, ClientOrderId, Contingency, Environment, ListId, OrderList},
};
use tokio::{sync::mpsc, time::timeout};

use super::{Blotter, fixtures::limit};
use crate::{
    instrument::Book,
    scripted_gateway::{Gateway, Known, Message, Request},
    session::Signal,
};

const PATIENCE: Duration = Duration::from_secs(20);

const PLACE_ORDER: i32 = 3;
const CANCEL_ORDER: i32 = 4;
const REQUEST_CURRENT_TIME: i32 = 49;

const ORDER_STATUS: i32 = 3;
const EXECUTION: i32 = 11;
const CURRENT_TIME: i32 = 49;

/// More than a task may read at a time before it has to let others run.
const MANY: usize = 300;

struct Desk {
    gateway: Gateway,
    blotter: Arc<Blotter>,
    _signals: mpsc::UnboundedReceiver<Signal>,
}

async fn open() -> Desk {
    let apple = Known {
        number: 265_598,
        symbol: "AAPL",
        primary: "NASDAQ",
        magnifier: 1,
    };
    let gateway = Gateway::start(vec![apple]).await;
    let (sender, signals) = mpsc::unbounded_channel();
    let blotter = Blotter::new(
        Arc::clone(&gateway.link),
        Arc::new(Book::default()),
        7,
        Environment::Paper,
        sender,
    );
    blotter.set_accounts(vec![AccountId::new("DU1").unwrap()], true);
    Desk {
        gateway,
        blotter,
        _signals: signals,
    }
}

fn alternatives() -> OrderList {
    let orders = ["a-1", "a-2"].map(|id| {
        let mut order = limit();
        order.client_order_id = ClientOrderId::new(id).unwrap();
        order
    });
    let orders = orders.to_vec();
    let contingency = Contingency::OneCancelsOther { orders };
    OrderList::new(ListId::new("l-1").unwrap(), contingency).unwrap()
}

impl Desk {
    /// Says that the first order works, again and again, and at last that a share was bought.
    fn tell_of_a_fill(&self, placed: &Request) {
        let status = Message::new()
            .with_int(1, placed.id())
            .with_text(2, "Submitted")
            .with_text(3, "0")
            .with_text(4, "100")
            .with_int(6, 9_001)
            .with_int(9, 7);
        for _ in 0..MANY {
            self.gateway.send(ORDER_STATUS, &status);
        }
        let execution = Message::new()
            .with_int(1, placed.id())
            .with_text(2, "0001.01.01")
            .with_text(3, "20260115 11:30:00 US/Eastern")
            .with_text(4, "DU1")
            .with_text(5, "ISLAND")
            .with_text(6, "BOT")
            .with_text(7, "1")
            .with_double(8, 187.25)
            .with_int(9, 9_001)
            .with_int(10, 7)
            .with_text(12, "1")
            .with_text(14, "a-1");
        let contract = Message::new().with_int(1, 265_598);
        let told = Message::new().with_int(1, -1).with_message(2, &contract);
        self.gateway
            .send(EXECUTION, &told.with_message(3, &execution));
    }
}

#[tokio::test]
async fn no_alternative_is_sent_before_all_that_was_said_has_been_taken_in() {
    let mut desk = open().await;
    let said = desk.gateway.link.client().unwrap();
    let said = said.order_update_stream().await.unwrap();
    let mut questions = desk.blotter.questions();
    let blotter = Arc::clone(&desk.blotter);
    let submit = tokio::spawn(async move { blotter.submit_orders(&alternatives()).await });
    let placed = desk.gateway.expect(PLACE_ORDER).await;
    desk.gateway.expect(REQUEST_CURRENT_TIME).await;
    desk.tell_of_a_fill(&placed);
    let time = Message::new().with_int(1, 1_768_557_600);
    desk.gateway.send(CURRENT_TIME, &time);
    // Nobody has read a word about the order yet, and the answer is there.
    let asked = async {
        tokio::select! {
            _ = desk.gateway.expect(PLACE_ORDER) => panic!("an alternative was sent unread"),
            asked = questions.wait_for(|questions| *questions > 0) => asked.map(drop).unwrap(),
        }
    };
    timeout(PATIENCE, asked).await.unwrap();
    let blotter = Arc::clone(&desk.blotter);
    tokio::spawn(async move { blotter.listen(said).await });
    let next = desk.gateway.expect_one_of(&[PLACE_ORDER, CANCEL_ORDER]);
    let next = next.await;
    assert_eq!(next.kind, CANCEL_ORDER, "an alternative was sent");
    assert_eq!(next.id(), placed.id());
    let first = ClientOrderId::new("a-1").unwrap();
    assert_eq!(desk.blotter.register().executions.filled(&first), dec!(1));
    let answers = timeout(PATIENCE, submit).await.unwrap().unwrap().unwrap();
    let accepted = answers.iter().map(Acknowledgement::is_accepted);
    assert_eq!(accepted.collect::<Vec<_>>(), [true, false]);
}
