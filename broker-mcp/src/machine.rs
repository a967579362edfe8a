//! The machine that the server runs on, and the server's process: memory, processor, disk, network.

use core::{fmt, time::Duration};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, TryLockError},
};

use sysinfo::{
    DiskRefreshKind, Disks, MemoryRefreshKind, Networks, Pid, ProcessRefreshKind,
    ProcessesToUpdate, System, get_current_pid,
};

use crate::measure;

/// Room, bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// All of it.
    pub total: u64,
    /// What may still be used.
    pub available: u64,
}

/// What went over all interfaces but the machine's own since it was started, bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// In.
    pub received: u64,
    /// Out.
    pub sent: u64,
}

/// How the machine was when it was looked at. What this system does not say is absent.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[non_exhaustive]
pub struct Sample {
    /// Memory of the machine, or what a container lets this process have.
    pub memory: Option<Room>,
    /// The file system on which the server writes.
    pub disk: Option<Room>,
    /// How much of all processors was used since the look before, percent, 0 to 100. The first look
    /// does not know.
    pub cpu_percent: Option<f32>,
    /// How many processors there are.
    pub cpus: Option<u32>,
    /// What went over the network.
    pub network: Option<Traffic>,
    /// Memory of this process, bytes.
    pub resident: Option<u64>,
    /// What this process has used of processors.
    pub cpu_time: Option<Duration>,
    /// When this process was started, seconds since 1970 UTC.
    pub started: Option<u64>,
}

/// How long a look may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// At least this part of the memory has to be available, percent.
const MEMORY_LEAST: u64 = 5;
/// At most this part of the processors may be used, percent.
const CPU_MOST: f32 = 95.0;
/// A disk has to have room for this, bytes, or a twentieth of it where that is less.
const DISK_LEAST: u64 = 1 << 30;

/// The word for what is in order.
pub(crate) const HEALTHY: &str = "healthy";

fn word(why_not: Option<String>) -> String {
    why_not.map_or_else(|| HEALTHY.to_owned(), |why| format!("unhealthy: {why}"))
}

impl Sample {
    /// A word for the memory: unhealthy with less than 5 % available.
    #[must_use]
    pub fn memory_word(&self) -> Option<String> {
        let memory = self.memory?;
        let percent = u128::from(memory.available) * 100 / u128::from(memory.total.max(1));
        let low = percent < u128::from(MEMORY_LEAST);
        Some(word(low.then(|| format!("{percent} % are available"))))
    }

    /// A word for the processors: unhealthy while more than 95 % are used.
    #[must_use]
    pub fn cpu_word(&self) -> Option<String> {
        let used = self.cpu_percent?;
        let high = used > CPU_MOST;
        Some(word(high.then(|| format!("{used:.0} % are used"))))
    }

    /// A word for the disk: unhealthy with less than 1 GiB available, or than a twentieth of a small one.
    #[must_use]
    pub fn disk_word(&self) -> Option<String> {
        let disk = self.disk?;
        let low = disk.available < DISK_LEAST.min(disk.total / 20);
        let left = || format!("{} MiB are available", disk.available >> 20);
        Some(word(low.then(left)))
    }
}

/// Looks at the machine. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct Machine(Arc<Inner>);

struct Inner {
    folder: PathBuf,
    probe: Mutex<Probe>,
    last: Mutex<Option<Sample>>,
}

struct Probe {
    system: System,
    disks: Disks,
    networks: Networks,
    process: Option<Pid>,
    /// The use of processors is known between two looks only.
    before: bool,
}

impl fmt::Debug for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Machine")
            .field("folder", &self.0.folder)
            .finish_non_exhaustive()
    }
}

impl Machine {
    /// This machine; `folder` is on the disk that matters.
    #[must_use]
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self(Arc::new(Inner {
            folder: folder.into(),
            probe: Mutex::new(Probe {
                system: System::new(),
                disks: Disks::new(),
                networks: Networks::new(),
                process: get_current_pid().ok(),
                before: false,
            }),
            last: Mutex::new(None),
        }))
    }

    /// Looks, and tells whoever reads `/metrics`. A system that takes more than five seconds, as for a disk on
    /// another machine that is gone, holds up nothing else: nothing is known then.
    pub async fn look(&self) {
        let this = self.clone();
        let look = tokio::task::spawn_blocking(move || this.look_now());
        let sample = match tokio::time::timeout(PATIENCE, look).await {
            Ok(Ok(sample)) => sample,
            Ok(Err(error)) => {
                tracing::warn!(%error, "the machine could not be looked at");
                None
            }
            Err(_) => None,
        };
        if let Some(sample) = &sample {
            measure::machine(sample);
        }
        *self.0.last.lock().unwrap_or_else(PoisonError::into_inner) = sample;
    }

    /// What the last look has shown; nothing before the first and after one that was not answered.
    #[must_use]
    pub fn last(&self) -> Option<Sample> {
        *self.0.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nothing while an earlier look still hangs.
    fn look_now(&self) -> Option<Sample> {
        let mut probe = match self.0.probe.try_lock() {
            Ok(probe) => probe,
            Err(TryLockError::Poisoned(probe)) => probe.into_inner(),
            Err(TryLockError::WouldBlock) => return None,
        };
        Some(probe.look(&self.0.folder))
    }
}

impl Probe {
    fn look(&mut self, folder: &Path) -> Sample {
        let system = &mut self.system;
        system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
        system.refresh_cpu_usage();
        self.disks
            .refresh_specifics(true, DiskRefreshKind::nothing().with_storage());
        self.networks.refresh(true);
        let known = core::mem::replace(&mut self.before, true);
        let mut sample = Sample {
            memory: memory(system),
            disk: disk(&self.disks, folder),
            cpu_percent: known.then(|| system.global_cpu_usage()),
            cpus: u32::try_from(system.cpus().len())
                .ok()
                .filter(|cpus| *cpus > 0),
            network: traffic(&self.networks),
            ..Sample::default()
        };
        if let Some(id) = self.process {
            let only = ProcessRefreshKind::nothing().with_cpu().with_memory();
            let this = ProcessesToUpdate::Some(&[id]);
            system.refresh_processes_specifics(this, false, only.without_tasks());
            if let Some(process) = system.process(id) {
                sample.resident = Some(process.memory());
                sample.cpu_time = Some(Duration::from_millis(process.accumulated_cpu_time()));
                sample.started = Some(process.start_time());
            }
        }
        sample
    }
}

fn memory(system: &System) -> Option<Room> {
    let machine = Room {
        total: system.total_memory(),
        available: system.available_memory(),
    };
    let container = system.cgroup_limits().map(|limits| Room {
        total: limits.total_memory,
        available: limits.free_memory,
    });
    let bound = container.filter(|bound| bound.total > 0 && bound.total < machine.total);
    bound.or(Some(machine)).filter(|room| room.total > 0)
}

/// The file system that a folder is on: the one that is mounted deepest above it.
fn disk(disks: &Disks, folder: &Path) -> Option<Room> {
    let folder = folder.canonicalize().ok()?;
    let above = disks
        .iter()
        .filter(|disk| folder.starts_with(disk.mount_point()));
    let disk = above.max_by_key(|disk| disk.mount_point().components().count())?;
    Some(Room {
        total: disk.total_space(),
        available: disk.available_space(),
    })
}

fn traffic(networks: &Networks) -> Option<Traffic> {
    let outside = networks
        .iter()
        .filter(|(name, _)| *name != "lo" && *name != "lo0");
    outside.fold(None, |sum: Option<Traffic>, (_, one)| {
        let sum = sum.unwrap_or_default();
        Some(Traffic {
            received: sum.received.saturating_add(one.total_received()),
            sent: sum.sent.saturating_add(one.total_transmitted()),
        })
    })
}
