use std::time::Duration;

use tokio::time::Instant;

use super::HistoricalRequest;

/// Added to every window: two requests may reach the gateway nearer to each other than they left.
const MARGIN: Duration = Duration::from_millis(100);
const LONG: Duration = Duration::from_secs(600).saturating_add(MARGIN);
const LONG_LIMIT: u32 = 60;
const SHORT: Duration = Duration::from_secs(2).saturating_add(MARGIN);
const SHORT_LIMIT: u32 = 5;
const SAME: Duration = Duration::from_secs(15).saturating_add(MARGIN);

/// The requests of the last ten minutes and those that have their turn still to come.
#[derive(Debug, Default)]
pub(super) struct Window {
    /// By time.
    entries: Vec<Entry>,
    next: u64,
}

#[derive(Debug)]
struct Entry {
    number: u64,
    at: Instant,
    weight: u32,
    series: String,
    rest: String,
}

impl Window {
    /// Takes the earliest place from `now` that keeps every limit. When it is after the deadline,
    /// nothing is taken and the error is the moment of that place.
    pub(super) fn reserve(
        &mut self,
        request: &HistoricalRequest,
        now: Instant,
        deadline: Instant,
    ) -> Result<(u64, Instant), Instant> {
        self.entries.retain(|entry| entry.at + LONG > now);
        let weight = if request.bid_ask { 2 } else { 1 };
        let at = self.earliest(request, weight, now);
        if at > deadline {
            return Err(at);
        }
        let number = self.next;
        self.next += 1;
        let entry = Entry {
            number,
            at,
            weight,
            series: request.series.clone(),
            rest: request.rest.clone(),
        };
        let place = self.entries.partition_point(|other| other.at <= at);
        self.entries.insert(place, entry);
        Ok((number, at))
    }

    /// A place whose request was not sent.
    pub(super) fn give_back(&mut self, number: u64) {
        self.entries.retain(|entry| entry.number != number);
    }

    /// A limit becomes free when an entry leaves its window, so one of these moments is the earliest.
    fn earliest(&self, request: &HistoricalRequest, weight: u32, now: Instant) -> Instant {
        let mut moments = vec![now];
        for entry in &self.entries {
            moments.extend([SAME, SHORT, LONG].map(|window| entry.at + window));
        }
        moments.retain(|moment| *moment >= now);
        moments.sort_unstable();
        let last = moments.last().copied().unwrap_or(now);
        let mut free = moments.into_iter();
        free.find(|at| self.allows(request, weight, *at))
            .unwrap_or(last)
    }

    fn allows(&self, request: &HistoricalRequest, weight: u32, at: Instant) -> bool {
        let same_series = |entry: &Entry| entry.series == request.series;
        let same = |entry: &Entry| same_series(entry) && entry.rest == request.rest;
        let apart = |entry: &Entry| entry.at + SAME <= at || at + SAME <= entry.at;
        self.entries.iter().filter(|entry| same(entry)).all(apart)
            && self.fits(at, weight, LONG, LONG_LIMIT, |_| true)
            && self.fits(at, weight, SHORT, SHORT_LIMIT, same_series)
    }

    /// Whether every window that would contain the new entry stays within the limit, those that end
    /// with a later entry included.
    fn fits(
        &self,
        at: Instant,
        weight: u32,
        window: Duration,
        limit: u32,
        counts: impl Fn(&Entry) -> bool,
    ) -> bool {
        let counted = || self.entries.iter().filter(|entry| counts(entry));
        let ends = counted()
            .map(|entry| entry.at)
            .filter(|end| *end > at && *end < at + window);
        core::iter::once(at).chain(ends).all(|end| {
            let inside = |entry: &&Entry| entry.at <= end && entry.at + window > end;
            let sum: u32 = counted().filter(inside).map(|entry| entry.weight).sum();
            sum + weight <= limit
        })
    }
}
