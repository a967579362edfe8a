//! Positions that are given to another account.

use broker_core::{
    Error, Result,
    model::{AccountId, Instrument, Quantity},
};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    outcome::Outcome,
    service::{Treasury, unreadable},
};
use crate::{
    convert::{Text, Whole, json_number},
    instrument::market_of,
    transport::{Call, Method, Parameters},
};

/// What is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferredPosition {
    /// Of what.
    pub instrument: Instrument,
    /// How much.
    pub quantity: Quantity,
}

/// A transfer that Tiger has taken. Whether it goes through is decided later, by people.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PositionTransfer {
    /// Tiger's number.
    pub id: i64,
    /// The vendor's word for how it stands, such as `NEW`.
    pub status: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct TransferRow {
    id: Whole,
    status: Text,
}

impl Treasury {
    /// Gives positions of one market to another account of the same owner. Sent once, whatever happens.
    ///
    /// # Errors
    /// Only when nothing was moved: refused by Tiger, or never sent.
    /// [`InvalidRequest`](broker_core::ErrorKind::InvalidRequest) for no positions and for positions of
    /// several markets.
    pub async fn transfer_positions(
        &self,
        from: &AccountId,
        to: &AccountId,
        positions: &[TransferredPosition],
    ) -> Result<Outcome<PositionTransfer>> {
        let sent = self.give(from, to, positions).await;
        sent.map_err(|error| error.in_operation("transfer_positions"))
    }

    async fn give(
        &self,
        from: &AccountId,
        to: &AccountId,
        positions: &[TransferredPosition],
    ) -> Result<Outcome<PositionTransfer>> {
        self.blotter.check_account(from)?;
        if from == to {
            return Err(Error::invalid(
                "to",
                "is the account that has the positions",
            ));
        }
        let first = positions.first();
        let first = first.ok_or_else(|| Error::invalid("positions", "are none"))?;
        let market = market_of(&first.instrument);
        let mut transfers = Vec::new();
        for position in positions {
            if market_of(&position.instrument) != market {
                let message = "are of several markets: one transfer is about one";
                return Err(Error::invalid("positions", message));
            }
            transfers.push(self.written(position).await?);
        }
        // Neither the language nor the account beside the two (vector 51).
        let parameters = Parameters::default()
            .with("from_account", from.as_str())?
            .with("to_account", to.as_str())?
            .with("market", market)?
            .with("transfers", transfers)?;
        let call = Call::new(Method::POSITION_TRANSFER, parameters).without_language();
        let written = self.link.commander()?.command(&call).await?;
        Ok(Outcome::of(written, |data| {
            let row: TransferRow = data.decode()?;
            let status = row.status.get().ok_or_else(|| unreadable("status"))?;
            Ok(PositionTransfer {
                id: row.id.required("id")?,
                status: status.to_owned(),
            })
        }))
    }

    async fn written(&self, position: &TransferredPosition) -> Result<Value> {
        let listing = self.book.listing(&position.instrument).await?;
        let name = &listing.name;
        let mut members = Map::new();
        members.insert("symbol".to_owned(), name.symbol.as_str().into());
        members.insert("sec_type".to_owned(), name.sec_type.into());
        let quantity = json_number(position.quantity.get());
        let quantity = quantity.and_then(|number| serde_json::from_str(number.get()));
        let quantity: Value =
            quantity.map_err(|_| Error::invalid("quantity", "cannot be written"))?;
        members.insert("quantity".to_owned(), quantity);
        for (member, value) in [
            ("expiry", name.expiry.as_deref()),
            ("strike", name.strike.as_deref()),
            ("right", name.right),
        ] {
            if let Some(value) = value {
                members.insert(member.to_owned(), value.into());
            }
        }
        Ok(Value::Object(members))
    }
}
