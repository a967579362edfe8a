use serde_json::{Map, Value};

use super::{Alias, Profile, UNIFIED, ib_paper, tiger, tws};

/// The names that are understood.
#[derive(Debug, Clone, Default)]
pub struct Aliases {
    profiles: Vec<Profile>,
    listed: bool,
}

/// All aliases of a profile.
fn table(profile: Profile) -> impl Iterator<Item = &'static Alias> {
    let lists: [&'static [Alias]; 3] = match profile {
        Profile::Tiger => [tiger::ALIASES, &[], &[]],
        Profile::Tws => [tws::DESIGN, tws::EXTRA, tws::ABSENT],
        Profile::IbPaper => [ib_paper::ALIASES, &[], &[]],
    };
    lists.into_iter().flatten()
}

impl Aliases {
    /// None: the operations have their own names only.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            profiles: Vec::new(),
            listed: false,
        }
    }

    /// Those of some profiles. Where arguments leave it open whose name is meant, the first has it.
    #[must_use]
    pub fn of(profiles: impl IntoIterator<Item = Profile>) -> Self {
        let mut known = Vec::new();
        for profile in profiles {
            if !known.contains(&profile) {
                known.push(profile);
            }
        }
        Self {
            profiles: known,
            listed: false,
        }
    }

    /// The same, in lists, too.
    #[must_use]
    pub fn listed(&self) -> Self {
        Self {
            profiles: self.profiles.clone(),
            listed: true,
        }
    }

    /// All that are understood.
    pub fn iter(&self) -> impl Iterator<Item = &'static Alias> {
        self.profiles.iter().flat_map(|profile| table(*profile))
    }

    /// What is shown in lists: each name once, and none of an operation.
    #[must_use]
    pub fn shown(&self) -> Vec<(&'static str, &'static Alias)> {
        let mut shown: Vec<(&'static str, &'static Alias)> = Vec::new();
        if self.listed {
            for alias in self.iter() {
                for name in alias.names {
                    let taken = shown.iter().any(|(other, _)| other == name);
                    if !taken && !UNIFIED.contains(name) {
                        shown.push((name, alias));
                    }
                }
            }
            shown.sort_by_key(|(name, _)| *name);
        }
        shown
    }

    /// The alias that a name means with these arguments; none if it is the name of an operation and the
    /// arguments are the operation's own.
    #[must_use]
    pub fn find(&self, name: &str, arguments: &Map<String, Value>) -> Option<&'static Alias> {
        let called = |alias: &&'static Alias| alias.names.contains(&name);
        let candidates: Vec<&'static Alias> = self.iter().filter(called).collect();
        if let Some(fits) = candidates.iter().find(|alias| alias.fits(arguments)) {
            return Some(fits);
        }
        if UNIFIED.contains(&name) {
            return None;
        }
        // Nothing fits, so the one that knows most of it says best what is wrong.
        let most = candidates
            .iter()
            .map(|alias| alias.knows(arguments))
            .max()?;
        let mut closest = candidates.into_iter();
        closest.find(|alias| alias.knows(arguments) == most)
    }
}
