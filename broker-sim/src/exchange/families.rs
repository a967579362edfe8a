//! Lists that grow order by order, as brokers build them whose clients send one order at a time.

use std::sync::Arc;

use broker_core::{
    ErrorKind,
    model::{ListId, ListLink, ListRole, NewOrder},
};

use super::{
    Exchange, Instructions, Refusal,
    lists::{AlternativeRule, Group},
};

impl Exchange {
    /// Takes an order that does not work before [`release`](Self::release) says so: others can be
    /// made to depend on it first. What `beside` already sells, whose alternative it is to be, is
    /// not counted against it. While its market is closed it waits for the next session, unless it
    /// is to trade at once or not at all.
    ///
    /// # Errors
    /// The [`Refusal`] with which the order would be refused if it worked at once.
    pub fn place_held(
        &mut self,
        order: Arc<NewOrder>,
        beside: Option<u64>,
        instructions: Instructions,
    ) -> Result<u64, Refusal> {
        let (account, market) = self.examine(&order)?;
        instructions.check(&order)?;
        let quantity = self.quantity_of(&order, market)?;
        self.check_held(&order, market, &instructions)?;
        self.price_of(account, market, &order, quantity, beside)
            .map_err(|text| Refusal::new(ErrorKind::InsufficientFunds, "201", text).at("amount"))?;
        let key = self.accept(order, None, account, market, quantity, true);
        self.write_instructions(key, instructions);
        Ok(key)
    }

    /// Lets an order of [`place_held`](Self::place_held) work.
    pub fn release(&mut self, key: u64) {
        self.release_whole(key);
    }

    /// Takes an order that depends on another one, which leads the list from now on.
    ///
    /// An exit ([`ListRole::TakeProfit`], [`ListRole::StopLoss`]) works for what the entry has
    /// filled, and fills of one exit reduce the others; a [`ListRole::Triggered`] order works once
    /// the entry is complete.
    ///
    /// # Errors
    /// The [`Refusal`]; [`ErrorKind::TooLate`] when the entry has ended, [`ErrorKind::InvalidRequest`]
    /// for a role that depends on nobody.
    pub fn place_follower(
        &mut self,
        order: Arc<NewOrder>,
        entry: u64,
        list: &ListId,
        role: ListRole,
        instructions: Instructions,
    ) -> Result<u64, Refusal> {
        let follows = matches!(
            role,
            ListRole::TakeProfit | ListRole::StopLoss | ListRole::Triggered
        );
        if !follows {
            let text = format!("an order in the part {role} follows nobody");
            return Err(Refusal::new(ErrorKind::InvalidRequest, "321", text));
        }
        let leader = self.orders.get(&entry).filter(|leader| leader.is_open());
        let Some(filled) = leader.map(|leader| leader.filled) else {
            let text = "the order that is to be followed has ended";
            return Err(Refusal::new(ErrorKind::TooLate, "10006", text));
        };
        let (account, market) = self.examine(&order)?;
        instructions.check(&order)?;
        let quantity = self.quantity_of(&order, market)?;
        let number = self.list_led_by(entry, list);
        let link = ListLink {
            list: list.clone(),
            role,
        };
        let key = self.accept(order, Some(link), account, market, quantity, true);
        self.write_instructions(key, instructions);
        self.lists.add(number, key);
        if role != ListRole::Triggered
            && filled > rust_decimal::Decimal::ZERO
            && let Some(order) = self.orders.get_mut(&key)
        {
            order.released = filled.min(order.quantity);
            self.activate(key);
        }
        Ok(key)
    }

    /// The number of the list that an order leads; it becomes a leader if it was none.
    fn list_led_by(&mut self, entry: u64, list: &ListId) -> u64 {
        if let Some(known) = self.lists.led_by.get(&entry) {
            return *known;
        }
        let number = self.lists.next();
        self.lists.led_by.insert(entry, number);
        if let Some(order) = self.orders.get_mut(&entry)
            && order.list.is_none()
        {
            order.list = Some(ListLink {
                list: list.clone(),
                role: ListRole::Entry,
            });
        }
        number
    }

    /// Makes an open order an alternative of another one: a fill of either moves the other.
    ///
    /// The rule of the first two orders holds for all that join later.
    pub fn join_alternatives(&mut self, key: u64, beside: u64, rule: AlternativeRule) {
        let known = self.lists.group_of.get(&beside).copied();
        let number = known.unwrap_or_else(|| {
            let number = self.lists.next();
            let members = vec![beside];
            self.lists.groups.insert(number, Group { rule, members });
            self.lists.group_of.insert(beside, number);
            number
        });
        if let Some(group) = self.lists.groups.get_mut(&number)
            && !group.members.contains(&key)
        {
            group.members.push(key);
            self.lists.group_of.insert(key, number);
        }
    }
}
