use core::time::Duration;

use broker_core::{Acknowledgement, BrokerExt};
use broker_runtime::registry::Permission;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{find, send};
use crate::{
    BrokerService, Call, Fault,
    answer::{Answer, Meta},
    operation::{About, Effect, Request},
    principal::{Role, Toolset},
    service::Scope,
    value::{OrderView, StatusWord},
};

/// How long the end of an order is waited for: most brokers tell it at once.
const SOON: Duration = Duration::from_millis(500);

/// Asks the broker to cancel an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelOrder {
    /// order_id or client_order_id.
    pub order_id: String,
    /// Account name or id. Needed when the key has several.
    #[serde(default)]
    pub account: Option<String>,
    /// Connection, when several have this account.
    #[serde(default)]
    pub broker: Option<String>,
}

/// The order as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct CanceledOrder {
    /// `cancelled`, or `pending_cancel` while the broker has not said so: it may still be filled.
    pub order: OrderView,
}

impl Request for CancelOrder {
    type Data = CanceledOrder;

    const ABOUT: About = About {
        name: "cancel_order",
        title: "Cancel an order",
        summary: "Asks the broker to cancel an order; it may still be filled while pending_cancel. Always allowed: kill switch and limits do not stop it.",
        toolset: Toolset::Trading,
        role: Role::Trade,
        effect: Effect::Write {
            destructive: true,
            idempotent: true,
        },
        open_world: true,
    };

    async fn run(
        self,
        service: &BrokerService,
        call: &Call,
    ) -> Result<Answer<CanceledOrder>, Fault> {
        let scope = Scope {
            account: self.account,
            broker: self.broker,
        };
        let (account, seat) = service.seat(call, &scope, Permission::Trade).await?;
        let broker = &*seat.broker;
        let order = find::order(broker, &seat.key.account, &self.order_id).await?;
        let id = order.client_order_id();
        let sent = BrokerExt::cancel(broker, &seat.key.account, id).await?;
        if let Acknowledgement::Unconfirmed { cause, .. } = sent {
            let message = format!(
                "it is not known whether the broker has the request to cancel ({cause}): call get_order \
                 with order_id {id}. Asking to cancel again does no harm"
            );
            return Err(send::unknown(id, cause.as_str())
                .saying(message)
                .retry_safe(None));
        }
        let ended = BrokerExt::wait_for_end(broker, &seat.key.account, id, SOON).await;
        let order = match ended {
            Ok(order) => order,
            // It may take as long as the broker wants.
            Err(_) => find::own(broker, &seat.key.account, id).await?,
        };
        let mut view = OrderView::of(&order);
        // The broker has taken the request, whatever it has told of the order so far.
        if order.status.is_open() && view.status != StatusWord::Unknown {
            view.status = StatusWord::PendingCancel;
        }
        let now = service.clock.now();
        let data = CanceledOrder { order: view };
        let meta = Meta::of_broker(account.name, seat.key.broker.as_str(), now);
        Ok(Answer::new(data, meta))
    }
}
