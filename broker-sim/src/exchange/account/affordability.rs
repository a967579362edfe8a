use broker_core::model::{AssetClass, Currency, Instrument, Money, Side};
use rust_decimal::Decimal;

use super::book_keeping::Financing;
use super::booking::signed;
use super::cash::CashLine;
use super::holding::{Payment, Terms, group, payment};
use super::margin::{Group, Leg, LegClass, Requirement};
use super::{Account, AccountError, Charge, Marks, Proposed, Refusal, Shortfall, exact};

/// What an order would do to the figures of the account, in the base currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Change {
    margin: Requirement,
    cash: Decimal,
    /// What the order gains at once because it trades better than the mark; not counted on.
    improvement: Decimal,
}

impl Account {
    /// Whether an order can be afforded, and if so the money to [`reserve`](Self::reserve) for it.
    ///
    /// A cash account pays in full from settled cash of the currency and sells only what it holds.
    /// A margin account needs the increase of its initial margin plus whatever the order takes
    /// from its security; an order that needs nothing, such as one that only reduces a position,
    /// is never refused for lack of funds. A price better than the mark is not counted on.
    ///
    /// For the replacement of an order, [`release`](Self::release) what is set aside for it first.
    ///
    /// Figures of holdings are kept until a fill touches their underlying or
    /// [`Marks::revision`] changes, so the cost does not grow with the number of holdings.
    ///
    /// # Errors
    /// [`Refusal`], which says why.
    pub fn can_afford(&mut self, order: &Proposed, marks: &dyn Marks) -> Result<Money, Refusal> {
        let class = order.instrument.asset_class();
        let is_forex = class == AssetClass::Forex;
        let long_only = match self.financing {
            Financing::Cash if class == AssetClass::Future => {
                return Err(Refusal::ClassNotAllowed(order.instrument.clone()));
            }
            Financing::Cash => !is_forex,
            Financing::Margin | Financing::Portfolio => matches!(
                class,
                AssetClass::Crypto | AssetClass::Fund | AssetClass::Warrant | AssetClass::Bond
            ),
        };
        if long_only && order.side != Side::Buy {
            let held = self.holdings.get(&order.instrument);
            let held = held.map_or(Decimal::ZERO, |holding| holding.state.lot.quantity);
            let free = exact::sub(held, order.committed)?;
            if free < order.quantity.get() {
                return Err(Refusal::ShortSale(order.instrument.clone()));
            }
        }
        let (needed, available) = match self.financing {
            Financing::Cash => self.cash_need(order)?,
            Financing::Margin | Financing::Portfolio => self.margin_need(order, marks)?,
        };
        if needed.amount > Decimal::ZERO && needed.amount > available.amount {
            return Err(Refusal::Funds(Shortfall { needed, available }));
        }
        Ok(Money::new(
            needed.amount.max(Decimal::ZERO),
            needed.currency,
        ))
    }

    /// The margin of the whole account, with an order filled at its price if one is given.
    ///
    /// In the base currency, computed afresh; what a preview shows. Zero for a cash account.
    ///
    /// # Errors
    /// [`AccountError::NoMark`] or [`AccountError::NoRate`] when a figure is missing,
    /// [`Overflow`](AccountError::Overflow), [`Precision`](AccountError::Precision).
    pub fn requirement_with(
        &self,
        order: Option<&Proposed>,
        marks: &dyn Marks,
    ) -> Result<Requirement, AccountError> {
        let ordered = order.map(|order| group(&order.instrument, order.underlying.as_ref()));
        let mut sum = Requirement::default();
        if self.financing == Financing::Cash {
            return Ok(sum);
        }
        for name in self.valuation.groups.keys() {
            let order = order.filter(|_| ordered == Some(name));
            sum = sum.plus(self.group_figures(name, order, marks)?)?;
        }
        if let Some(name) = ordered
            && !self.valuation.groups.contains_key(name)
        {
            sum = sum.plus(self.group_figures(name, order, marks)?)?;
        }
        Ok(sum)
    }

    /// What all cash is worth in the base currency.
    pub(super) fn cash_in_base(&self, marks: &dyn Marks) -> Result<Decimal, AccountError> {
        self.cash.lines().iter().try_fold(Decimal::ZERO, |sum, l| {
            exact::add(sum, self.in_base(l.total, l.currency, marks)?)
        })
    }

    pub(super) fn reserved_in_base(&self, marks: &dyn Marks) -> Result<Decimal, AccountError> {
        let totals = self.reservations.totals().iter();
        totals
            .filter(|t| !t.amount.is_zero())
            .try_fold(Decimal::ZERO, |sum, total| {
                exact::add(sum, self.in_base(total.amount, total.currency, marks)?)
            })
    }

    pub(super) fn in_base(
        &self,
        amount: Decimal,
        from: Currency,
        marks: &dyn Marks,
    ) -> Result<Decimal, AccountError> {
        if from == self.base {
            return Ok(amount);
        }
        exact::convert(amount, rate(from, self.base, marks)?)
    }

    fn cash_need(&self, order: &Proposed) -> Result<(Money, Money), AccountError> {
        let (currency, value, commission) = self.terms_of(order)?;
        let needed = match payment(&order.instrument)? {
            Payment::Exchange { base } if order.side != Side::Buy => {
                Money::new(order.quantity.get(), base)
            }
            _ => Money::new(exact::add(value, commission)?, currency),
        };
        let spendable = self.cash.line(needed.currency).map(CashLine::spendable);
        let spendable = spendable.transpose()?.unwrap_or_default();
        let free = exact::sub(spendable, self.reservations.total(needed.currency))?;
        Ok((needed, Money::new(free, needed.currency)))
    }

    /// Currency, signed value at the order's price (above zero is paid), and commission.
    fn terms_of(&self, order: &Proposed) -> Result<(Currency, Decimal, Decimal), AccountError> {
        let known = self.holdings.get(&order.instrument);
        let (currency, rule) = match known.map(|holding| &holding.terms) {
            Some(terms) => (terms.currency, terms.rule),
            None => {
                let terms = Terms::new(
                    &order.instrument,
                    order.multiplier,
                    order.underlying.as_ref(),
                    &self.schedule,
                )?;
                (terms.currency, terms.rule)
            }
        };
        let units = exact::mul(signed(order.side, order.quantity), order.multiplier)?;
        let value = exact::mul(units, order.price.get())?;
        let charge = rule.charge(
            Charge::default(),
            order.quantity.get(),
            value.abs(),
            currency,
        )?;
        Ok((currency, value, charge.charged))
    }

    fn margin_need(
        &mut self,
        order: &Proposed,
        marks: &dyn Marks,
    ) -> Result<(Money, Money), AccountError> {
        self.refresh(marks)?;
        let change = self.change(order, marks)?;
        let security = exact::add(change.cash, change.margin.loan_value)?;
        let security = exact::sub(security, change.improvement)?;
        let needed = exact::sub(change.margin.initial, security)?;
        let total = self.valuation.total;
        let security = exact::add(self.cash_in_base(marks)?, total.loan_value)?;
        let free = exact::sub(security, total.initial)?;
        let free = exact::sub(free, self.reserved_in_base(marks)?)?;
        Ok((Money::new(needed, self.base), Money::new(free, self.base)))
    }

    fn change(&self, order: &Proposed, marks: &dyn Marks) -> Result<Change, AccountError> {
        let name = group(&order.instrument, order.underlying.as_ref());
        let after = self.group_figures(name, Some(order), marks)?;
        let before = self.valuation.groups.get(name);
        let before = before.and_then(|margined| margined.figures);
        let (currency, value, commission) = self.terms_of(order)?;
        let mark = marks.price(&order.instrument).unwrap_or(order.price.get());
        let better = exact::sub(mark, order.price.get())?;
        let units = exact::mul(signed(order.side, order.quantity), order.multiplier)?;
        let gain = exact::mul(units, better)?;
        let class = Leg::class_of(&order.instrument);
        let paid = match class {
            // Cash moves by value against value: what counts is the distance from the mark.
            LegClass::Forex => -gain,
            LegClass::Future => Decimal::ZERO,
            LegClass::Share | LegClass::Paid | LegClass::Option(_) => value,
        };
        // A bought option adds nothing to security, so there is no gain to leave out.
        let unlent = matches!(class, LegClass::Option(_))
            && order.side == Side::Buy
            && self.financing == Financing::Margin;
        let improvement = if unlent {
            Decimal::ZERO
        } else {
            gain.max(Decimal::ZERO)
        };
        let cash = -exact::add(paid, commission)?;
        Ok(Change {
            margin: after.minus(before.unwrap_or_default())?,
            cash: self.in_base(cash, currency, marks)?,
            improvement: self.in_base(improvement, currency, marks)?,
        })
    }

    /// Computes what fills and new marks have made stale.
    fn refresh(&mut self, marks: &dyn Marks) -> Result<(), AccountError> {
        let revision = marks.revision();
        if self.valuation.revision != Some(revision) {
            self.valuation.revision = None;
            let mut stale = Vec::with_capacity(self.valuation.groups.len());
            for (name, margined) in &mut self.valuation.groups {
                margined.figures = None;
                margined.waiting = true;
                stale.push(name.clone());
            }
            self.valuation.stale = stale;
            self.valuation.total = Requirement::default();
            self.valuation.revision = Some(revision);
        }
        while let Some(name) = self.valuation.stale.last() {
            if self.valuation.groups.contains_key(name) {
                let figures = self.group_figures(name, None, marks)?;
                let total = self.valuation.total.plus(figures)?;
                if let Some(margined) = self.valuation.groups.get_mut(name)
                    && margined.figures.is_none()
                {
                    margined.figures = Some(figures);
                    margined.waiting = false;
                    self.valuation.total = total;
                }
            }
            self.valuation.stale.pop();
        }
        Ok(())
    }

    /// Requirement of one group in the base currency, with an order filled if one is given.
    fn group_figures(
        &self,
        name: &Instrument,
        order: Option<&Proposed>,
        marks: &dyn Marks,
    ) -> Result<Requirement, AccountError> {
        let margined = self.valuation.groups.get(name);
        let members = margined.map_or(&[][..], |margined| margined.members.as_slice());
        let mut room = [None; 4];
        let mut many = Vec::new();
        let mut count = 0_usize;
        let mut push = |leg: Leg| {
            match room.get_mut(count) {
                Some(place) => *place = Some(leg),
                None => many.push(leg),
            }
            count += 1;
        };
        let (mut currency, mut merged) = (name.currency(), false);
        let mut underlying = None;
        for member in members {
            let Some(holding) = self.holdings.get(member) else {
                continue;
            };
            currency = Some(holding.terms.currency);
            let ordered = order.filter(|order| order.instrument == *member);
            merged |= ordered.is_some();
            let lot = holding.state.lot;
            if lot.quantity.is_zero() && ordered.is_none() {
                continue;
            }
            let price = mark(member, ordered, marks)?;
            if member == name {
                underlying = Some(price);
            }
            push(leg(
                member,
                lot.quantity,
                lot.cost,
                holding.terms.multiplier,
                price,
                ordered,
            )?);
        }
        if let Some(order) = order.filter(|_| !merged) {
            currency = order.instrument.currency();
            let price = mark(&order.instrument, Some(order), marks)?;
            if order.instrument == *name {
                underlying = Some(price);
            }
            let (none, multiplier) = (Decimal::ZERO, order.multiplier);
            push(leg(
                &order.instrument,
                none,
                none,
                multiplier,
                price,
                Some(order),
            )?);
        }
        let few: Vec<Leg>;
        let legs = if let ([Some(only), None, ..], true) = (&room, many.is_empty()) {
            core::slice::from_ref(only)
        } else {
            few = room.into_iter().flatten().chain(many).collect();
            &few
        };
        let options = legs
            .iter()
            .any(|leg| matches!(leg.class, LegClass::Option(_)));
        if underlying.is_none() && options {
            underlying = marks.price(name);
        }
        let figures = Group {
            name,
            underlying,
            legs,
            rates: &self.rates,
        }
        .requirement(self.financing == Financing::Portfolio)?;
        match currency {
            Some(currency) if currency != self.base => {
                figures.converted(rate(currency, self.base, marks)?)
            }
            _ => Ok(figures),
        }
    }
}

pub(super) fn rate(
    from: Currency,
    to: Currency,
    marks: &dyn Marks,
) -> Result<Decimal, AccountError> {
    if from == to {
        return Ok(Decimal::ONE);
    }
    marks
        .rate(from, to)
        .ok_or(AccountError::NoRate { from, to })
}

/// The mark, or the price of the order where nothing has traded yet.
fn mark(
    instrument: &Instrument,
    order: Option<&Proposed>,
    marks: &dyn Marks,
) -> Result<Decimal, AccountError> {
    marks
        .price(instrument)
        .or(order.map(|order| order.price.get()))
        .ok_or_else(|| AccountError::NoMark(instrument.clone()))
}

fn leg(
    instrument: &Instrument,
    quantity: Decimal,
    cost: Decimal,
    multiplier: Decimal,
    price: Decimal,
    order: Option<&Proposed>,
) -> Result<Leg, AccountError> {
    let (mut quantity, mut cost) = (quantity, cost);
    if let Some(order) = order {
        let ordered = signed(order.side, order.quantity);
        quantity = exact::add(quantity, ordered)?;
        cost = exact::add(cost, exact::mul(ordered, order.price.get())?)?;
    }
    Ok(Leg {
        class: Leg::class_of(instrument),
        quantity,
        price,
        cost,
        multiplier,
    })
}
