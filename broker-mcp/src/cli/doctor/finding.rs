/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// As it should be.
    Fine,
    /// It works, and will not for long, or not for everything.
    Care,
    /// It does not work.
    Wrong,
}

impl Weight {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Fine => "ok",
            Self::Care => "care",
            Self::Wrong => "wrong",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) weight: Weight,
    /// Tells the case apart, for programs.
    pub(super) code: Option<&'static str>,
    pub(super) what: String,
    /// What to do about it.
    pub(super) cure: Option<String>,
}

impl Finding {
    pub(super) fn fine(what: impl Into<String>) -> Self {
        Self {
            weight: Weight::Fine,
            code: None,
            what: what.into(),
            cure: None,
        }
    }

    pub(super) fn care(
        code: &'static str,
        what: impl Into<String>,
        cure: impl Into<String>,
    ) -> Self {
        Self {
            weight: Weight::Care,
            ..Self::wrong(code, what, cure)
        }
    }

    pub(super) fn wrong(
        code: &'static str,
        what: impl Into<String>,
        cure: impl Into<String>,
    ) -> Self {
        Self {
            weight: Weight::Wrong,
            code: Some(code),
            what: what.into(),
            cure: Some(cure.into()),
        }
    }
}
