use std::collections::BTreeMap;

use broker_core::{
    Covered, Decimal, Error, Result,
    model::{Instrument, Position},
};

use super::{Aggregate, Registry, Seat, SeatKey};

/// What one account holds of an instrument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// Whose it is.
    pub key: SeatKey,
    /// How much, negative when short.
    pub quantity: Decimal,
}

/// What all accounts together hold of an instrument.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NetPosition {
    /// What is held.
    pub instrument: Instrument,
    /// Long less short.
    pub net: Decimal,
    /// Long and short added up.
    pub gross: Decimal,
    /// Who holds how much.
    pub holdings: Vec<Holding>,
}

/// Positions netted by instrument across brokers.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct NetPositions {
    /// By instrument; complete only if every account gave a complete answer.
    pub positions: Covered<Vec<NetPosition>>,
    /// The accounts that could not be asked, and why.
    pub failures: Vec<(SeatKey, Error)>,
}

impl Registry {
    /// The positions of several accounts, netted by instrument.
    ///
    /// What an account could not say makes the answer partial, and never a zero.
    pub async fn net_positions(&self, seats: &[Seat], bound: usize) -> NetPositions {
        let asked = self.aggregate(seats, bound, |seat| async move { positions(&seat).await });
        net(asked.await)
    }
}

pub(super) async fn positions(seat: &Seat) -> Result<Covered<Vec<Position>>> {
    let portfolio = seat.broker.portfolio().ok_or_else(|| {
        Error::unsupported(format!(
            "the broker {} has no portfolio service",
            seat.key.broker
        ))
    })?;
    portfolio.positions(seat.account()).await
}

fn net(asked: Aggregate<Covered<Vec<Position>>>) -> NetPositions {
    let mut by_instrument: BTreeMap<Instrument, NetPosition> = BTreeMap::new();
    let mut missing: Vec<String> = Vec::new();
    let anybody = !asked.answers.is_empty();
    for (key, covered) in asked.answers {
        if let Some(what) = covered.missing() {
            missing.push(format!("{key}: {what}"));
        }
        for position in covered.value().into_iter().flatten() {
            let quantity = position.quantity.get();
            let all = by_instrument
                .entry(position.instrument.clone())
                .or_insert_with(|| NetPosition {
                    instrument: position.instrument.clone(),
                    net: Decimal::ZERO,
                    gross: Decimal::ZERO,
                    holdings: Vec::new(),
                });
            all.net = all.net.saturating_add(quantity);
            all.gross = all.gross.saturating_add(quantity.abs());
            all.holdings.push(Holding {
                key: key.clone(),
                quantity,
            });
        }
    }
    missing.extend(
        asked
            .failures
            .iter()
            .map(|(key, error)| format!("{key}: {error}")),
    );
    let value: Vec<NetPosition> = by_instrument.into_values().collect();
    let positions = match (missing.is_empty(), anybody) {
        (true, _) => Covered::Complete(value),
        (false, true) => Covered::Partial {
            value,
            missing: missing.join("; ").into(),
        },
        (false, false) => Covered::Unavailable(missing.join("; ").into()),
    };
    NetPositions {
        positions,
        failures: asked.failures,
    }
}
