//! P15: broker-local times become UTC correctly.

use broker_core::{
    BrokerExt as _, ErrorKind, Reference,
    event::EventBody,
    model::{SessionKind, SessionWindow, TradingSchedule},
};
use chrono::{
    Datelike as _, Days, NaiveDate, NaiveTime, Offset as _, TimeDelta, TimeZone as _, Utc,
};
use chrono_tz::Tz;

use super::{
    Harness,
    outcome::{Verdict, ensure, fail, skip},
    p07_sequence::busy,
    scene::Scene,
    watch::Watch,
};

/// The dates of the coming year on which the zone's clocks change.
fn changes(zone: Tz, from: NaiveDate) -> Vec<NaiveDate> {
    let offset = |date: NaiveDate| {
        let noon = date.and_time(NaiveTime::MIN) + TimeDelta::hours(12);
        zone.offset_from_utc_datetime(&noon).fix().local_minus_utc()
    };
    let dates = from.iter_days().take(370);
    dates
        .filter(|date| {
            date.pred_opt()
                .is_some_and(|day| offset(day) != offset(*date))
        })
        .collect()
}

fn regular(schedule: &TradingSchedule) -> Vec<(NaiveDate, SessionWindow)> {
    let days = schedule.days.iter().filter(|day| !day.early_close);
    days.flat_map(|day| day.windows.iter().map(|window| (day.date, *window)))
        .filter(|(_, window)| window.kind == SessionKind::Regular)
        .collect()
}

/// The schedule from some days before a date to as many after it, as many as the broker tells.
async fn around(
    scene: &Scene,
    reference: &dyn Reference,
    date: NaiveDate,
    today: NaiveDate,
) -> Verdict<Option<TradingSchedule>> {
    for days in [7, 3, 2] {
        let (from, to) = (date - Days::new(days), date + Days::new(days));
        if from < today {
            continue;
        }
        let call = reference.schedule(&scene.equity, from, to);
        if let Ok(schedule) = scene.drive("schedule", call).await? {
            return Ok(Some(schedule));
        }
    }
    Ok(None)
}

pub(super) async fn p15_1_schedules_over_a_clock_change(harness: &dyn Harness) -> Verdict {
    let scene = Scene::open(harness).await?;
    let Some(reference) = scene.broker.reference() else {
        skip!("the broker has no reference service");
    };
    let today = scene.broker.desk().clock().now().date_naive();
    let call = reference.schedule(&scene.equity, today, today);
    let zone = match scene.drive("schedule", call).await? {
        Ok(schedule) => schedule.time_zone,
        Err(error) => skip!("no schedules: {error}"),
    };
    let Ok(zone) = zone.parse::<Tz>() else {
        fail!("{zone:?} is not an IANA time zone");
    };
    let mut compared = 0;
    for change in changes(zone, today) {
        let Some(schedule) = around(&scene, reference, change, today).await? else {
            continue;
        };
        let windows = regular(&schedule);
        let local = |window: &SessionWindow| {
            let open = window.open.with_timezone(&zone).time();
            (open, window.close.with_timezone(&zone).time())
        };
        let Some((_, first)) = windows.first() else {
            continue;
        };
        for (date, window) in &windows {
            ensure!(
                local(window) == local(first),
                "on {date}, near the clock change of {change}, the regular session is at {:?} \
                 local time, before it was at {:?}",
                local(window),
                local(first)
            );
            ensure!(
                window.open.with_timezone(&zone).date_naive() == *date,
                "the session of {date} opens at {}",
                window.open
            );
        }
        compared += 1;
    }
    if compared == 0 {
        skip!("no clock change of {zone} within what is known");
    }
    Ok(())
}

pub(super) async fn p15_2_schedules_cover_the_range(harness: &dyn Harness) -> Verdict {
    let scene = Scene::open(harness).await?;
    let Some(reference) = scene.broker.reference() else {
        skip!("the broker has no reference service");
    };
    let now = scene.broker.desk().clock().now();
    let today = now.date_naive();
    let from = today - Days::new(1);
    let mut ahead = 7;
    let schedule = loop {
        let call = reference.schedule(&scene.equity, from, today + Days::new(ahead));
        match scene.drive("schedule", call).await? {
            Ok(schedule) => break schedule,
            // A broker need not know as much of the future.
            Err(error) if error.kind() == ErrorKind::InvalidRequest && ahead > 1 => ahead -= 1,
            Err(error) => skip!("no schedules: {error}"),
        }
    };
    let dates: Vec<NaiveDate> = schedule.days.iter().map(|day| day.date).collect();
    let asked: Vec<NaiveDate> = from
        .iter_days()
        .take_while(|date| *date <= today + Days::new(ahead))
        .collect();
    ensure!(
        dates == asked,
        "asked for the dates {asked:?}, {dates:?} came"
    );
    let inside = schedule.window_at(now).map(|window| window.kind);
    ensure!(
        inside == Some(SessionKind::Regular),
        "the regular session is open, the schedule says {inside:?}"
    );
    let mut last = Utc.timestamp_nanos(0);
    for day in &schedule.days {
        for window in &day.windows {
            ensure!(
                window.open < window.close && window.open >= last,
                "{} has sessions out of order",
                day.date
            );
            last = window.close;
        }
        ensure!(day.date.year() > 2000, "a date in {}", day.date.year());
    }
    Ok(())
}

pub(super) async fn p15_3_events_happen_when_they_happen(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let mut watch = Watch::new(scene.broker.events(&scene.account)?);
    watch.read()?;
    watch.events.clear();
    let start = scene.broker.desk().clock().now() - TimeDelta::seconds(5);
    busy(&scene).await?;
    scene.settle().await;
    let end = scene.broker.desk().clock().now() + TimeDelta::seconds(5);
    watch.read()?;
    let mut told = 0;
    for event in &watch.events {
        if let EventBody::Execution { .. } = event.body
            && let Some(time) = event.event_time
        {
            told += 1;
            ensure!(
                start <= time && time <= end,
                "something that happened between {start} and {end} is told as {time}"
            );
        }
    }
    if told == 0 {
        skip!("the broker tells no times");
    }
    Ok(())
}
