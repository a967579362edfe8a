use broker_core::{
    Acknowledgement, dec,
    model::{ClientOrderId, Contingency, ListId, OrderList},
};
use tokio::time::timeout;

use super::{
    fixtures::limit,
    stage::{
        CANCEL_ORDER, EXECUTION, ORDER_STATUS, PATIENCE, PLACE_ORDER, REQUEST_EXECUTIONS, Stage,
        done,
    },
};
use crate::scripted_gateway::{Message, Request};

/// More than a task may read at a time before it has to let others run.
const MANY: usize = 300;

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

impl Stage {
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
    let mut stage = Stage::open().await;
    let said = stage.gateway.link.client().unwrap();
    let said = said.order_update_stream().await.unwrap();
    let mut questions = stage.blotter.questions();
    let submit = stage.begin(|blotter| async move { blotter.submit_orders(&alternatives()).await });
    let placed = stage.gateway.expect(PLACE_ORDER).await;
    let asked = stage.gateway.expect(REQUEST_EXECUTIONS).await;
    stage.tell_of_a_fill(&placed);
    stage.end_executions(&asked);
    // Nobody has read a word about the order yet, and the answer is there.
    let asked = async {
        tokio::select! {
            _ = stage.gateway.expect(PLACE_ORDER) => panic!("an alternative was sent unread"),
            asked = questions.wait_for(|questions| *questions > 0) => asked.map(drop).unwrap(),
        }
    };
    timeout(PATIENCE, asked).await.unwrap();
    let _heard = stage.begin(|blotter| async move { blotter.listen(said).await });
    let next = stage.gateway.expect_one_of(&[PLACE_ORDER, CANCEL_ORDER]);
    let next = next.await;
    assert_eq!(next.kind, CANCEL_ORDER, "an alternative was sent");
    assert_eq!(next.id(), placed.id());
    let first = ClientOrderId::new("a-1").unwrap();
    let account = limit().account;
    let filled =
        |register: &super::register::Register| register.executions.filled(&account, &first);
    assert_eq!(filled(&stage.blotter.register()), dec!(1));
    let answers = done(submit).await.unwrap();
    let accepted = answers.iter().map(Acknowledgement::is_accepted);
    assert_eq!(accepted.collect::<Vec<_>>(), [true, false]);
}
