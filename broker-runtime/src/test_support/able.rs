use broker_core::{Capabilities, OrderForm, Support, model::*};

/// A broker that can do everything that is asked of it.
pub(super) fn able() -> Capabilities {
    let mut able = Capabilities::none(Environment::Simulated);
    able.extensions = ["acme".to_owned()].into();
    able.orders = vec![OrderForm {
        asset_classes: AssetClass::ALL.to_vec(),
        order_types: OrderTypeKind::ALL.to_vec(),
        times_in_force: TimeInForceKind::ALL.to_vec(),
        sessions: TradingSession::ALL.to_vec(),
    }];
    able.cash_amount = Support::Native(());
    able.fractional = Support::Native(());
    able.display_quantity = Support::Native(());
    able.short_sale = Support::Native(());
    able.replace = Support::Native(ReplaceField::ALL.iter().copied().collect());
    able.lists = Support::Native(ContingencyKind::ALL.iter().copied().collect());
    able.preview = Support::Native(());
    able.exercise = Support::Native(());
    able
}
