//! Orders that depend on each other, in a drill.

use broker_core::{
    Acknowledgement, BrokerExt as _, OrderLookup,
    model::{
        ClientOrderId, Contingency, ContingencyKind, ListId, NewOrder, OrderList, OrderType, Price,
        Side,
    },
};
use rust_decimal::Decimal;

use super::{
    Drill,
    compare::{ROUND, ROUNDS},
};
use crate::{
    conformance::{
        Injection,
        outcome::{Verdict, ensure},
    },
    fault::Fault,
};

/// A list that was submitted.
#[derive(Debug)]
pub(super) struct SentList {
    kind: ContingencyKind,
    members: Vec<ClientOrderId>,
    /// What each of its orders is for.
    units: Decimal,
    /// Restarts before it was sent.
    life: u64,
}

/// How often halves of lists are looked for, as faults that are armed may swallow the cancels.
const MOST_PASSES: u32 = 8;

impl SentList {
    /// The order that the others wait for.
    fn leader(&self) -> Option<&ClientOrderId> {
        let led = self.kind != ContingencyKind::OneCancelsOther;
        self.members.first().filter(|_| led)
    }

    /// The orders of which no more than one is to be filled.
    fn rivals(&self) -> &[ClientOrderId] {
        match (self.kind, self.members.split_first()) {
            (ContingencyKind::OneCancelsOther, _) => &self.members,
            (ContingencyKind::Bracket, Some((_, exits))) => exits,
            _ => &[],
        }
    }
}

impl Drill<'_> {
    /// Sends a list of some kind that the broker takes, near the market.
    pub(super) async fn submit_list(&mut self) -> Verdict {
        let count = u32::try_from(self.kinds.len()).unwrap_or(u32::MAX);
        let index = usize::try_from(self.below(count)).unwrap_or(usize::MAX);
        let Some(kind) = self.kinds.get(index).copied() else {
            return Ok(());
        };
        let units = 1 + self.below(5);
        let contingency = match kind {
            ContingencyKind::Bracket => self.bracket(units).await?,
            ContingencyKind::OneCancelsOther => {
                // Only the last one may fill at once: where alternatives are sent one by one, nobody
                // can take back what is filled before the others are there.
                let below = -1 - i32::try_from(self.below(4)).unwrap_or_default();
                let first = self.order(Side::Buy, units, below).await?;
                let orders = vec![first, self.near(units).await?];
                Contingency::OneCancelsOther { orders }
            }
            ContingencyKind::OneTriggersOther => Contingency::OneTriggersOther {
                first: Box::new(self.near(units).await?),
                then: vec![self.order(Side::Buy, units, -20).await?],
            },
            _ => return Ok(()),
        };
        let list = OrderList::new(ListId::generate(), contingency)?;
        if self.below(3) == 0 {
            self.strike_inside().await;
        }
        self.tally.commands += 1;
        self.tally.lists += 1;
        let call = self.scene.broker.submit_list(&list);
        let answer = self.scene.drive("submit_list", call).await?;
        let word = match &answer {
            Ok(answers) => {
                let open = |answer: &&Acknowledgement| !answer.is_accepted();
                let unconfirmed = answers.iter().filter(open).count();
                self.tally.unconfirmed += u64::from(unconfirmed > 0);
                format!("{unconfirmed} of {} not accepted", answers.len())
            }
            Err(error) => error.kind().to_string(),
        };
        let orders: Vec<NewOrder> = list.orders().map(|(order, _)| order.clone()).collect();
        let members: Vec<_> = orders
            .iter()
            .map(|order| order.client_order_id.clone())
            .collect();
        self.note(format_args!("{kind} of {units} {members:?}: {word}"));
        let absent = answer.is_err();
        self.sent
            .extend(orders.into_iter().map(|order| (order, absent)));
        self.lists.push(SentList {
            kind,
            members,
            units: Decimal::from(units),
            life: self.tally.restarts,
        });
        Ok(())
    }

    /// Lets the first orders of the next list through and strikes a later one. A broker that gets a
    /// list as one command has the next commands struck instead.
    async fn strike_inside(&mut self) {
        let through = 1 + self.below(2);
        let harmless = Fault::Warn {
            code: "399".into(),
            text: "Warning: drill".into(),
        };
        let striking = match self.below(7) {
            0 => Fault::DropBeforeWrite,
            1 => Fault::DropMidFrame,
            2 => Fault::DropAfterWrite,
            3 => Fault::DropBeforeReply,
            4 => Fault::SilenceBeforeAccept,
            5 => Fault::SilenceAfterAccept,
            _ => Fault::Reject {
                code: "201".into(),
                text: "Order rejected - reason: drill".into(),
            },
        };
        let faults = (0..through)
            .map(|_| harmless.clone())
            .chain([striking.clone()]);
        for fault in faults {
            if self.scene.rig.inject(fault.clone()).await == Injection::Done {
                self.tally.struck_by(&fault);
            }
        }
        self.note(format_args!("{striking:?} behind {through} commands"));
    }

    /// An order that may fill at once or rest.
    async fn near(&mut self, units: u32) -> Verdict<NewOrder> {
        let percent = [-25, -20, 3].get(self.below(3) as usize).copied();
        self.order(Side::Buy, units, percent.unwrap_or(-20)).await
    }

    /// A bracket whose exits are so near that a moving market reaches them.
    async fn bracket(&mut self, units: u32) -> Verdict<Contingency> {
        let entry = self.near(units).await?;
        let (up, down) = (1 + self.below(4), 1 + self.below(4));
        let market = self.scene.market(&self.scene.equity).await?;
        let away = |share: Decimal| {
            let part = Decimal::ONE + share / Decimal::ONE_HUNDRED;
            Price::new((market.bid.get() * part).round_dp(2))
        };
        let exit = |order_type| {
            let mut exit = entry.clone();
            exit.client_order_id = ClientOrderId::generate();
            exit.side = Side::Sell;
            exit.order_type = order_type;
            Box::new(exit)
        };
        Ok(Contingency::Bracket {
            take_profit: exit(OrderType::Limit {
                price: away(Decimal::from(up))?,
            }),
            stop_loss: exit(OrderType::Stop {
                trigger: away(-Decimal::from(down))?,
            }),
            entry: Box::new(entry),
        })
    }

    /// What a program does after a restart: a process that sent a list and died before all of it had
    /// arrived has left the rest to the next one, which has only names. A cancel can be lost like any
    /// command, so it looks again until nothing is left.
    pub(super) async fn take_back_lists_of_earlier_lives(&mut self) -> Verdict {
        for _ in 0..MOST_PASSES {
            let left = self.halves_of_earlier_lives().await?;
            if left.is_empty() {
                return Ok(());
            }
            for id in left {
                let answer = self.scene.cancel(&id).await?;
                let word = answer.map_or_else(|error| error.kind().to_string(), |_| "done".into());
                self.note(format_args!("takes {id} of half a list back: {word}"));
            }
            self.scene.ready().await?;
            self.scene.settle().await;
        }
        Ok(())
    }

    /// The open orders of lists that an earlier life has left in half.
    async fn halves_of_earlier_lives(&mut self) -> Verdict<Vec<ClientOrderId>> {
        let lives = self.tally.restarts;
        let early = self.lists.iter().filter(|list| list.life < lives);
        let early: Vec<(Option<ClientOrderId>, Vec<ClientOrderId>)> = early
            .map(|list| (list.leader().cloned(), list.members.clone()))
            .collect();
        let mut left = Vec::new();
        for (leader, members) in early {
            let (mut open, mut filled, mut missing) = (Vec::new(), false, false);
            for id in members {
                match self.scene.lookup(&id).await? {
                    OrderLookup::Found(order) => {
                        filled |=
                            leader.as_ref() == Some(&id) && !order.cumulative_quantity.is_zero();
                        if order.status.is_open() {
                            open.push(id);
                        }
                    }
                    _ => missing = true,
                }
            }
            if missing && !filled {
                left.append(&mut open);
            }
        }
        Ok(left)
    }

    /// Makes sure that no list works in half, and that none is filled twice.
    pub(super) async fn compare_lists(&mut self) -> Verdict {
        for _ in 0..ROUNDS {
            if self.halves().await.is_empty() {
                break;
            }
            // A cancel can be refused by a fault that was still waiting for a command.
            self.scene.settle().await;
            tokio::time::sleep(ROUND).await;
        }
        let halves = self.halves().await;
        self.tally.half_lists += halves.len() as u64;
        ensure!(
            halves.is_empty(),
            "left at the broker: {}",
            halves.join("; ")
        );
        let truth = self.scene.truth().await;
        for list in &self.lists {
            let filled: Decimal = list
                .rivals()
                .iter()
                .filter_map(|id| truth.order(id))
                .map(|order| order.filled)
                .sum();
            self.tally.overfilled_lists += u64::from(filled > list.units);
            ensure!(
                filled <= list.units,
                "{filled} of the {} {:?} were filled, which was for {}",
                list.kind,
                list.members,
                list.units
            );
        }
        Ok(())
    }

    /// The lists of which only a part works at the broker.
    async fn halves(&self) -> Vec<String> {
        let truth = self.scene.truth().await;
        let half = |list: &&SentList| {
            let real: Vec<_> = list.members.iter().map(|id| truth.order(id)).collect();
            let led = list.leader().and_then(|leader| truth.order(leader));
            // A bust takes the position away from under the orders that protect it, after the fact.
            let busted = list.leader().is_some_and(|id| self.busted.contains(id));
            let protects = busted || led.is_some_and(|leader| !leader.filled.is_zero());
            let missing = real.iter().any(Option::is_none);
            missing && !protects && real.iter().flatten().any(|order| order.open)
        };
        let halves = self.lists.iter().filter(half);
        halves
            .map(|list| format!("half of the {} {:?}", list.kind, list.members))
            .collect()
    }
}
