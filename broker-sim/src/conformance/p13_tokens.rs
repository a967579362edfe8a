//! P13: tokens never lapse while the process runs.
//!
//! How a token is refreshed is the adapter's own; what shows at the trait is checked here.

use broker_core::{ErrorKind, SessionState};

use super::{
    Harness,
    outcome::{Verdict, ensure, fail},
    scene::Scene,
};
use crate::fault::Fault;

pub(super) async fn p13_1_a_lapsed_token(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let order = scene.resting(1).await?;
    scene.inject(Fault::TokenExpired).await?;
    let answer = scene.submit(&order).await?;
    let exists = !scene
        .truth()
        .await
        .orders_of(&order.client_order_id)
        .is_empty();
    match answer {
        // Renewed in time: nobody noticed.
        Ok(_) => Ok(()),
        Err(error) => {
            ensure!(
                !exists,
                "submit said `{error}`, and the order is at the broker"
            );
            ensure!(
                matches!(
                    error.kind(),
                    ErrorKind::TokenExpired
                        | ErrorKind::Authentication
                        | ErrorKind::Disconnected
                        | ErrorKind::Timeout
                ),
                "a lapsed token came as {}",
                error.kind()
            );
            let session = scene.broker.session();
            let told = scene
                .until(
                    "the session says what is wrong or comes back",
                    180,
                    async || match &*session.borrow() {
                        SessionState::AuthRequired { instructions } => {
                            Some(!instructions.is_empty())
                        }
                        SessionState::Ready => Some(true),
                        _ => None,
                    },
                )
                .await?;
            if !told {
                fail!("a person has to log in and is not told how");
            }
            Ok(())
        }
    }
}
