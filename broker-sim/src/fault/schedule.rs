use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Fault, FaultScript, Scheduled, Trigger};
use crate::timers::Timers;

/// How far a server has come with a script, and the faults that wait for its next commands.
#[derive(Debug, Default)]
pub(crate) struct Schedule {
    waiting: Vec<Scheduled>,
    next_commands: VecDeque<Fault>,
    commands: u32,
    reports: u32,
}

impl Schedule {
    /// The beginning of a script; what strikes at an instant becomes an appointment.
    pub(crate) fn new<T>(
        script: &FaultScript,
        now: DateTime<Utc>,
        timers: &mut Timers<T>,
        appointment: impl Fn(Fault) -> T,
    ) -> Self {
        let mut schedule = Self::default();
        for scheduled in script.faults() {
            match scheduled.when {
                Trigger::After(ms) => {
                    let at = now + TimeDelta::milliseconds(i64::from(ms));
                    timers.add(at, appointment(scheduled.fault.clone()));
                }
                Trigger::Command(_) | Trigger::Report(_) => {
                    schedule.waiting.push(scheduled.clone());
                }
            }
        }
        schedule
    }

    /// Puts a fault beside the next command.
    pub(crate) fn arm(&mut self, fault: Fault) {
        self.next_commands.push_back(fault);
    }

    /// Counts a command: what strikes it, and what else strikes now.
    pub(crate) fn command(&mut self) -> (Option<Fault>, Vec<Fault>) {
        self.commands += 1;
        let number = self.commands;
        let mut struck = self.next_commands.pop_front();
        let mut others = Vec::new();
        for fault in self.take(|when| *when == Trigger::Command(number)) {
            if fault.strikes_command() && struck.is_none() {
                struck = Some(fault);
            } else {
                others.push(fault);
            }
        }
        (struck, others)
    }

    /// Counts a report: what strikes after it.
    pub(crate) fn report(&mut self) -> Vec<Fault> {
        self.reports += 1;
        let number = self.reports;
        self.take(|when| *when == Trigger::Report(number))
    }

    /// Takes the faults whose moment has come.
    fn take(&mut self, due: impl Fn(&Trigger) -> bool) -> Vec<Fault> {
        let (now, later) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition(|scheduled| due(&scheduled.when));
        self.waiting = later;
        let now: Vec<Scheduled> = now;
        now.into_iter().map(|scheduled| scheduled.fault).collect()
    }
}
