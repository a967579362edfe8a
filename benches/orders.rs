use broker_core::{
    Decimal, Result,
    model::{
        AccountId, ClientOrderId, Currency, Instrument, Mic, NewOrder, OrderAmount, OrderType,
        Price, Quantity, Side,
    },
};

/// The account that everything is measured with.
///
/// # Errors
/// Never: the name is well formed.
pub fn account() -> Result<AccountId> {
    Ok(AccountId::new("BENCH-1")?)
}

/// The share that everything is measured with.
///
/// # Errors
/// Never: the symbol is well formed.
pub fn share() -> Result<Instrument> {
    Ok(Instrument::equity("ZVZZT", Mic::XNAS, Currency::USD)?)
}

/// An identifier as long as a generated one, the same in every run.
///
/// # Errors
/// Never: the text is well formed.
pub fn client_order_id(prefix: char, number: u32) -> Result<ClientOrderId> {
    Ok(ClientOrderId::new(format!("{prefix}{number:025}"))?)
}

/// A limit order on the [`share`].
///
/// # Errors
/// When the price or quantity is outside the range of its type.
pub fn limit_order(
    account: &AccountId,
    id: ClientOrderId,
    side: Side,
    units: i64,
    price: Decimal,
) -> Result<NewOrder> {
    let amount = OrderAmount::Quantity(Quantity::try_from(units)?);
    let order_type = OrderType::Limit {
        price: Price::new(price)?,
    };
    Ok(NewOrder::new(
        id,
        account.clone(),
        share()?,
        side,
        amount,
        order_type,
    ))
}
