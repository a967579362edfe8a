//! Company reports, corporate actions, news and scanners.

use broker_core::{
    ErrorKind, Research,
    model::{FundamentalKind, Instrument, ResearchQuery, ScannerQuery, ScannerRanking},
};

use crate::conformance::{
    Harness,
    compare::expect_kind,
    outcome::{Verdict, ensure, fail, skip},
    scene::Scene,
};

/// The service and the share to ask about; `None` when research is not declared.
fn service(scene: &Scene, declared: bool) -> Verdict<Option<(&dyn Research, Instrument)>> {
    let subject = scene.world.researched.clone();
    match (scene.broker.research(), declared) {
        (None, true) => fail!("research is declared and there is no service"),
        (None, false) => skip!("the broker has no research service"),
        (Some(_), false) => Ok(None),
        (Some(research), true) => match subject {
            Some(subject) => Ok(Some((research, subject))),
            None => skip!("the world has no researched share"),
        },
    }
}

async fn is_declared(scene: &Scene) -> Verdict<bool> {
    Ok(scene.capabilities().await?.research.get().is_some())
}

pub(in crate::conformance) async fn c_fundamentals(harness: &dyn Harness) -> Verdict {
    let scene = Scene::open(harness).await?;
    let declared = is_declared(&scene).await?;
    let Some((research, subject)) = service(&scene, declared)? else {
        return refused(&scene).await;
    };
    let mut reports = 0;
    for kind in FundamentalKind::ALL {
        let call = research.fundamentals(&subject, *kind);
        match scene.drive("fundamentals", call).await? {
            Ok(report) => {
                ensure!(
                    report.kind == *kind && report.instrument == subject,
                    "asked for {kind} of {subject}, got {} of {}",
                    report.kind,
                    report.instrument
                );
                reports += 1;
            }
            Err(error) if matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::NotFound) => {}
            Err(error) => fail!("{kind} of {subject}: {error}"),
        }
    }
    if reports == 0 {
        skip!("the broker has no company reports");
    }
    Ok(())
}

/// A service that is there without being declared refuses every question.
async fn refused(scene: &Scene) -> Verdict {
    let Some(research) = scene.broker.research() else {
        return Ok(());
    };
    let query = ResearchQuery::new(scene.equity.clone());
    let answer = scene.drive("news", research.news(&query)).await?;
    expect_kind("news", answer, &[ErrorKind::Unsupported])?;
    let call = research.corporate_actions(&query);
    let answer = scene.drive("corporate_actions", call).await?;
    expect_kind("corporate_actions", answer, &[ErrorKind::Unsupported])
}

pub(in crate::conformance) async fn c_corporate_actions(harness: &dyn Harness) -> Verdict {
    let scene = Scene::open(harness).await?;
    let declared = is_declared(&scene).await?;
    let Some((research, subject)) = service(&scene, declared)? else {
        return refused(&scene).await;
    };
    let mut query = ResearchQuery::new(subject.clone());
    let call = research.corporate_actions(&query);
    let actions = match scene.drive("corporate_actions", call).await? {
        Err(error) if error.kind() == ErrorKind::Unsupported => skip!("none: {error}"),
        answer => answer?,
    };
    ensure!(
        actions
            .windows(2)
            .all(|pair| matches!(pair, [a, b] if a.ex_date <= b.ex_date)),
        "corporate actions are not sorted from the oldest"
    );
    let Some(last) = actions.last() else {
        return Ok(());
    };
    query.from = Some(last.ex_date);
    let call = research.corporate_actions(&query);
    let few = scene.drive("corporate_actions", call).await??;
    ensure!(
        few.iter()
            .all(|action| query.accepts(action.ex_date) && action.instrument == subject),
        "corporate actions that were not asked for: {few:?}"
    );
    Ok(())
}

pub(in crate::conformance) async fn c_news(harness: &dyn Harness) -> Verdict {
    let scene = Scene::open(harness).await?;
    let declared = is_declared(&scene).await?;
    let Some((research, subject)) = service(&scene, declared)? else {
        return refused(&scene).await;
    };
    let mut query = ResearchQuery::new(subject);
    query.limit = 5;
    let call = research.news(&query);
    let headlines = match scene.drive("news", call).await? {
        Err(error) if error.kind() == ErrorKind::Unsupported => skip!("none: {error}"),
        answer => answer?,
    };
    ensure!(
        headlines.len() <= 5,
        "five were asked for, {} came",
        headlines.len()
    );
    ensure!(
        headlines
            .windows(2)
            .all(|pair| matches!(pair, [a, b] if a.time >= b.time)),
        "headlines are not sorted from the newest"
    );
    let Some(first) = headlines.first() else {
        return Ok(());
    };
    let call = research.article(&first.provider, &first.id);
    let article = scene.drive("article", call).await??;
    ensure!(article.headline.id == first.id, "another article came");
    let call = research.article(&first.provider, "nothing-like-this");
    let answer = scene.drive("article", call).await?;
    expect_kind(
        "an article that is not there",
        answer,
        &[ErrorKind::NotFound],
    )
}

pub(in crate::conformance) async fn c_scanner(harness: &dyn Harness) -> Verdict {
    let scene = Scene::open(harness).await?;
    let declared = is_declared(&scene).await?;
    let Some((research, _)) = service(&scene, declared)? else {
        return refused(&scene).await;
    };
    for ranking in ScannerRanking::ALL {
        let query = ScannerQuery {
            ranking: *ranking,
            limit: 3,
            price_above: None,
        };
        let rows = match scene.drive("scan", research.scan(&query)).await? {
            Err(error) if error.kind() == ErrorKind::Unsupported => skip!("none: {error}"),
            answer => answer?,
        };
        ensure!(
            rows.len() <= 3,
            "three rows were asked for, {} came",
            rows.len()
        );
        ensure!(
            rows.iter().zip(1_u32..).all(|(row, rank)| row.rank == rank),
            "the rows are not ranked from 1"
        );
    }
    Ok(())
}
