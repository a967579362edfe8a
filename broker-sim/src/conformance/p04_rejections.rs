//! P4: rejections are never lost, warnings end nothing, words arrive verbatim.

use broker_core::{Acknowledgement, BrokerExt as _, Error, ErrorKind, model::OrderStatus};

use super::{
    Harness,
    outcome::{Verdict, ensure, fail},
    p01_err_is_absence::some_change,
    scene::Scene,
    watch::Watch,
};
use crate::fault::Fault;

const CODE: &str = "10147";
const TEXT: &str = "Refused: limit price too far outside of NBBO <drill> 100%";

fn reject() -> Fault {
    Fault::Reject {
        code: CODE.into(),
        text: TEXT.into(),
    }
}

/// Makes sure that an error is a refusal in the broker's own words.
fn verbatim(error: &Error) -> Verdict {
    let words = error.broker().map(|broker| &*broker.text);
    ensure!(
        error.broker_code() == Some(CODE) && words == Some(TEXT),
        "the broker said [{CODE}] {TEXT:?}, the error says {:?}",
        error.broker()
    );
    ensure!(
        matches!(
            error.kind(),
            ErrorKind::Rejected
                | ErrorKind::InsufficientFunds
                | ErrorKind::MarketClosed
                | ErrorKind::PermissionDenied
                | ErrorKind::InvalidRequest
        ),
        "a refusal came as {}",
        error.kind()
    );
    Ok(())
}

pub(super) async fn p4_1_a_rejected_order(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let order = scene.resting(1).await?;
    let mut watch = Watch::new(scene.broker.events(&scene.account)?);
    scene.inject(reject()).await?;
    let answer = scene.submit(&order).await?;
    scene.advance(chrono::TimeDelta::seconds(5)).await;
    ensure!(
        !scene
            .truth()
            .await
            .order(&order.client_order_id)
            .is_some_and(|real| real.open),
        "the rig did not refuse the order"
    );
    match answer {
        Err(error) => verbatim(&error),
        Ok(_) => {
            watch.read_whole()?;
            let known = scene.order(&order.client_order_id);
            let status = known.as_ref().map(|order| order.status.clone());
            ensure!(
                status == Some(OrderStatus::Rejected),
                "a refused order is {status:?}"
            );
            let reason = known.and_then(|order| order.reason.clone());
            ensure!(
                watch.heard(CODE, TEXT) && reason.is_some_and(|reason| &*reason.text == TEXT),
                "no event carries the broker's words"
            );
            Ok(())
        }
    }
}

pub(super) async fn p4_2_a_warning(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let order = scene.resting(1).await?;
    let id = &order.client_order_id;
    let mut watch = Watch::new(scene.broker.events(&scene.account)?);
    scene
        .inject(Fault::Warn {
            code: "399".into(),
            text: "Warning: your order will be held <drill>".into(),
        })
        .await?;
    let answer = scene.submit(&order).await?;
    if let Err(error) = answer {
        fail!("a warning became an error: {error}");
    }
    let known = scene.agree(id).await?;
    ensure!(
        known.status.is_open(),
        "a warning ended the order: {}",
        known.status
    );
    watch.read_whole()?;
    ensure!(
        watch.heard("399", "Warning: your order will be held <drill>"),
        "the warning did not arrive verbatim"
    );
    Ok(())
}

pub(super) async fn p4_3_a_rejected_replace(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let order = scene.resting(2).await?;
    let change = some_change(&scene, &order).await?;
    scene.place(&order).await?;
    let mut watch = Watch::new(scene.broker.events(&scene.account)?);
    scene.inject(reject()).await?;
    let call = scene.broker.replace(&change);
    let answer = scene.drive("replace", call).await?;
    still_works(&scene, &mut watch, &order, answer).await
}

pub(super) async fn p4_4_a_rejected_cancel(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let order = scene.resting(2).await?;
    scene.place(&order).await?;
    let mut watch = Watch::new(scene.broker.events(&scene.account)?);
    scene.inject(reject()).await?;
    let answer = scene.cancel(&order.client_order_id).await?;
    still_works(&scene, &mut watch, &order, answer).await
}

async fn still_works(
    scene: &Scene,
    watch: &mut Watch,
    order: &broker_core::model::NewOrder,
    answer: broker_core::Result<Acknowledgement>,
) -> Verdict {
    let id = &order.client_order_id;
    let known = scene.agree(id).await?;
    ensure!(
        matches!(
            known.status,
            OrderStatus::New | OrderStatus::PartiallyFilled
        ),
        "after a refused change the order is {}",
        known.status
    );
    ensure!(
        known.terms.order_type == order.order_type && known.terms.amount == order.amount,
        "a refused change changed the order's terms"
    );
    match answer {
        Err(error) => verbatim(&error),
        Ok(_) => {
            watch.read_whole()?;
            ensure!(
                watch.heard(CODE, TEXT),
                "no event carries the broker's words"
            );
            Ok(())
        }
    }
}
