use std::{future::Future, sync::Arc};

use async_trait::async_trait;
use broker_core::{
    Acknowledgement, Admitted, Covered, Error, ErrorKind, Lookup, Result, Trading,
    UnconfirmedCause,
    model::{
        AccountId, BrokerOrderId, BrokerText, CancelOrder, ClientOrderId, ExecutionKind,
        ExecutionReport, ExerciseOption, Fill, FillFilter, NewOrder, OrderFilter, OrderList,
        OrderPreview, ReplaceOrder,
    },
};

use super::{PaperBroker, baseline::status_report, link::Plan};
use crate::{
    exchange::{Exchange, Output, Refusal},
    fault::Fault,
};

/// What a command is about, for faults that speak of an order.
struct Subject<'a> {
    account: &'a AccountId,
    id: Option<&'a ClientOrderId>,
    /// A new order, whose refusal the broker reports.
    new_order: Option<&'a Arc<NewOrder>>,
}

impl PaperBroker {
    /// Sends a command through the connection, with everything that can go wrong on the way.
    ///
    /// `Ok(Ok(answer))` is the exchange's answer, `Ok(Err(unconfirmed))` says that nobody knows.
    async fn send<T>(
        &self,
        subject: &Subject<'_>,
        call: impl FnOnce(&mut Exchange) -> Result<T, Refusal>,
    ) -> Result<Result<T, Acknowledgement>> {
        let unconfirmed = |cause| Ok(Err(Acknowledgement::unconfirmed(cause)));
        let fault = match self.link.command()? {
            Plan::Clean => {
                let answer = self.world.command(&self.link, call, |_| {});
                return self.answer(subject, answer).map(Ok);
            }
            Plan::Strike(fault) => fault,
        };
        match fault {
            Fault::DropBeforeWrite | Fault::DropMidFrame => {
                self.link.cut_now();
                let message = "the connection was lost before the command was written";
                Err(Error::new(ErrorKind::Disconnected, message))
            }
            Fault::DropAfterWrite | Fault::DropBeforeReply => {
                let link = &self.link;
                // The command arrives, and the connection is gone before anything is said about it.
                let _lost = self.world.command(
                    link,
                    |exchange| {
                        link.cut_now();
                        call(exchange)
                    },
                    |_| {},
                );
                unconfirmed(UnconfirmedCause::Disconnected)
            }
            Fault::SilenceAfterAccept => {
                let (account, id) = (subject.account, subject.id);
                let _unheard = self.world.command(&self.link, call, |outputs| {
                    outputs.retain(|output| !is_about(output, account, id));
                });
                self.wait_in_vain().await;
                unconfirmed(UnconfirmedCause::Timeout)
            }
            Fault::SilenceBeforeAccept => {
                self.wait_in_vain().await;
                unconfirmed(UnconfirmedCause::Timeout)
            }
            Fault::FillBeforeAcknowledgement => {
                let answer = self
                    .world
                    .command(&self.link, call, |outputs| trades_first(outputs));
                self.answer(subject, answer).map(Ok)
            }
            Fault::Reject { code, text } => {
                let reason = BrokerText::new(code, text);
                if let Some(order) = subject.new_order {
                    self.report_rejection(order, reason.clone());
                }
                let message = reason.text.to_string();
                Err(Error::new(ErrorKind::Rejected, message).with_broker(reason))
            }
            Fault::Warn { code, text } => {
                let answer = self.world.command(&self.link, call, |_| {});
                if let Some(id) = subject.id {
                    self.link
                        .warn(subject.account, id, BrokerText::new(code, text));
                }
                self.answer(subject, answer).map(Ok)
            }
            Fault::HttpStatus { status: 429 } => {
                let message = "the gateway answered 429 and did nothing";
                Err(Error::new(ErrorKind::RateLimited, message))
            }
            Fault::HttpStatus { status } if (400..500).contains(&status) => {
                let message = format!("the gateway refused the command with status {status}");
                Err(
                    Error::new(ErrorKind::Rejected, message).with_broker(BrokerText::new(
                        status.to_string(),
                        "refused by the gateway",
                    )),
                )
            }
            _ => {
                let _unheard = self.world.command(&self.link, call, |_| {});
                unconfirmed(UnconfirmedCause::UnreadableAnswer)
            }
        }
    }

    /// The exchange's answer as the client gets it; a refusal of a new order is also reported.
    fn answer<T>(&self, subject: &Subject<'_>, answer: Result<T, Refusal>) -> Result<T> {
        answer.map_err(|refusal| {
            if let Some(order) = subject.new_order
                && refusal.kind != ErrorKind::Duplicate
            {
                self.report_rejection(order, refusal.broker_text());
            }
            refusal.to_error()
        })
    }

    fn report_rejection(&self, order: &Arc<NewOrder>, reason: BrokerText) {
        if let Ok(ledger) = self.link.desk.ledger(&order.account) {
            let report =
                ExecutionReport::new(order.client_order_id.clone(), ExecutionKind::Rejected)
                    .with_terms(Arc::clone(order))
                    .with_reason(reason)
                    .at(self.link.now());
            ledger.report(report);
        }
    }

    fn wait_in_vain(&self) -> impl Future<Output = ()> + use<> {
        tokio::time::sleep(self.world.answer_timeout)
    }
}

fn is_about(output: &Output, account: &AccountId, id: Option<&ClientOrderId>) -> bool {
    matches!(output, Output::Report { account: whose, report }
        if whose == account && id.is_none_or(|id| *id == report.client_order_id))
}

/// Puts the trades before everything else that was said.
fn trades_first(outputs: &mut [Output]) {
    let is_trade = |output: &Output| {
        matches!(output, Output::Report { report, .. }
            if matches!(report.kind, ExecutionKind::Trade { .. }))
    };
    outputs.sort_by_key(|output| !is_trade(output));
}

fn accepted(key: u64) -> Acknowledgement {
    Acknowledgement::Accepted {
        broker_order_id: BrokerOrderId::new(key.to_string()).ok(),
    }
}

/// An unconfirmed command is an answer, too.
fn settle<T>(
    answer: Result<T, Acknowledgement>,
    accept: impl FnOnce(T) -> Acknowledgement,
) -> Acknowledgement {
    answer.map_or_else(|unconfirmed| unconfirmed, accept)
}

#[async_trait]
impl Trading for PaperBroker {
    async fn submit(&self, order: Admitted<NewOrder>) -> Result<Acknowledgement> {
        let order = order.into_request();
        let subject = Subject {
            account: &order.account,
            id: Some(&order.client_order_id),
            new_order: Some(&order),
        };
        let answer = self
            .send(&subject, |exchange| exchange.place(Arc::clone(&order)))
            .await?;
        Ok(settle(answer, accepted))
    }

    async fn submit_list(&self, list: Admitted<OrderList>) -> Result<Vec<Acknowledgement>> {
        let list = list.into_request();
        let subject = Subject {
            account: list.account(),
            id: None,
            new_order: None,
        };
        let answer = self
            .send(&subject, |exchange| exchange.place_list(&list))
            .await?;
        Ok(match answer {
            Ok(keys) => keys.into_iter().map(accepted).collect(),
            Err(unconfirmed) => list.orders().map(|_| unconfirmed.clone()).collect(),
        })
    }

    async fn replace(&self, change: Admitted<ReplaceOrder>) -> Result<Acknowledgement> {
        let change = change.into_request();
        let (account, id) = (&change.account, &change.client_order_id);
        let subject = Subject {
            account,
            id: Some(id),
            new_order: None,
        };
        let answer = self
            .send(&subject, |exchange| {
                let key = exchange.find_key(account, id)?;
                exchange.replace(key, &change).map(|()| key)
            })
            .await?;
        Ok(settle(answer, accepted))
    }

    async fn cancel(&self, cancel: Admitted<CancelOrder>) -> Result<Acknowledgement> {
        let cancel = cancel.into_request();
        let (account, id) = (&cancel.account, &cancel.client_order_id);
        let subject = Subject {
            account,
            id: Some(id),
            new_order: None,
        };
        let answer = self
            .send(&subject, |exchange| {
                let key = exchange.find_key(account, id)?;
                exchange.cancel(key).map(|()| key)
            })
            .await?;
        Ok(settle(answer, accepted))
    }

    async fn cancel_all(&self, account: &AccountId) -> Result<Acknowledgement> {
        self.check_account(account)?;
        let subject = Subject {
            account,
            id: None,
            new_order: None,
        };
        let answer = self
            .send(&subject, |exchange| Ok(exchange.cancel_all(account)))
            .await?;
        Ok(settle(answer, |_| Acknowledgement::Accepted {
            broker_order_id: None,
        }))
    }

    async fn exercise(&self, exercise: Admitted<ExerciseOption>) -> Result<Acknowledgement> {
        let exercise = exercise.into_request();
        let subject = Subject {
            account: &exercise.account,
            id: None,
            new_order: None,
        };
        let answer = self
            .send(&subject, |exchange| exchange.exercise(&exercise))
            .await?;
        Ok(settle(answer, |()| Acknowledgement::Accepted {
            broker_order_id: None,
        }))
    }

    async fn preview(&self, order: &NewOrder) -> Result<OrderPreview> {
        self.check_account(&order.account)?;
        self.link.check_up()?;
        let answer = self.world.read(|exchange| exchange.preview(order));
        match answer {
            Ok(preview) => Ok(preview),
            // What would be refused for lack of money or time is an answer, not an error.
            Err(refusal)
                if matches!(
                    refusal.kind,
                    ErrorKind::InsufficientFunds | ErrorKind::MarketClosed
                ) =>
            {
                let mut preview = OrderPreview::new(false);
                preview.messages.push(refusal.broker_text());
                Ok(preview)
            }
            Err(refusal) => Err(refusal.to_error()),
        }
    }

    async fn find(&self, account: &AccountId, id: &ClientOrderId) -> Result<Lookup> {
        self.check_account(account)?;
        self.link.check_up()?;
        Ok(self.world.read(|exchange| {
            let Some(key) = exchange.key_of(account, id) else {
                return Lookup::Absent;
            };
            let Some(order) = exchange.order(key) else {
                return Lookup::Absent;
            };
            let fills = exchange.fills_of(key).iter().cloned();
            let mut reports = vec![status_report(order)];
            reports.extend(fills.map(ExecutionReport::trade));
            Lookup::Found(reports)
        }))
    }

    async fn order_reports(
        &self,
        account: &AccountId,
        filter: &OrderFilter,
    ) -> Result<Covered<Vec<ExecutionReport>>> {
        self.check_account(account)?;
        Ok(match self.link.check_up() {
            Ok(()) => Covered::Complete(self.world.read(|exchange| {
                let orders = exchange.orders(account).into_iter().filter(|order| {
                    let instrument = filter.instrument.as_ref();
                    (!filter.open_only || order.is_open())
                        && instrument.is_none_or(|wanted| *wanted == order.terms.instrument)
                        && filter.since.is_none_or(|since| order.updated_at >= since)
                });
                orders.map(status_report).collect()
            })),
            Err(error) => Covered::Unavailable(error.to_string().into()),
        })
    }

    async fn fills(&self, account: &AccountId, filter: &FillFilter) -> Result<Covered<Vec<Fill>>> {
        self.check_account(account)?;
        Ok(match self.link.check_up() {
            Ok(()) => {
                let mut fills = self.world.read(|exchange| exchange.fills(account));
                fills.retain(|fill| filter.accepts(fill));
                Covered::Complete(fills)
            }
            Err(error) => Covered::Unavailable(error.to_string().into()),
        })
    }
}
