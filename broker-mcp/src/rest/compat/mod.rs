//! The paths of programs that came before, in their own words and shapes, as tables.
//!
//! `way.rs` is a row of such a table and how it is gone, `fields.rs` what callers wrote, `shape.rs` what
//! they expect back, `frame.rs` what the tables have in common; `tiger.rs`, `tws.rs` and `ib_paper.rs` are the tables.

mod fields;
mod frame;
mod ib_paper;
mod shape;
mod tiger;
mod tws;
mod way;

use axum::Router;
use serde::{Deserialize, Serialize};

use super::{Shared, endpoints::Endpoint};

/// Which of the former programs' paths there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Compat {
    /// `/api/…` and `/tiger/…`.
    pub tiger: bool,
    /// `/options/…`, `/orders/…`, `/gateway/…`.
    pub ib_paper: bool,
    /// `/api/v1/…`.
    pub tws: bool,
    /// Faults of `/api/…` and `/tiger/…` are answered with 200, as they once were.
    pub always_200: bool,
}

impl Compat {
    /// All paths, with the statuses that fit.
    pub const ALL: Self = Self {
        tiger: true,
        ib_paper: true,
        tws: true,
        always_200: false,
    };

    fn tables(self) -> impl Iterator<Item = &'static [way::Way]> {
        [
            self.tiger.then_some(tiger::WAYS),
            self.ib_paper.then_some(ib_paper::WAYS),
            self.tws.then_some(tws::WAYS),
        ]
        .into_iter()
        .flatten()
    }
}

pub(super) fn routes(mut router: Router<Shared>, compat: Compat) -> Router<Shared> {
    for way in compat.tables().flatten() {
        router = router.route(way.path, way.method());
    }
    router
}

pub(super) fn endpoints(compat: Compat) -> impl Iterator<Item = Endpoint> {
    compat.tables().flatten().map(way::Way::endpoint)
}
