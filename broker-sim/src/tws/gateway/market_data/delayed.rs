//! The other numbers under which delayed ticks come.

/// The delayed form of a tick type; `None` for one that delayed data does not have.
pub(super) const fn delayed(tick: i32) -> Option<i32> {
    Some(match tick {
        1 => 66,
        2 => 67,
        4 => 68,
        0 => 69,
        3 => 70,
        5 => 71,
        6 => 72,
        7 => 73,
        8 => 74,
        9 => 75,
        14 => 76,
        10 => 80,
        11 => 81,
        12 => 82,
        13 => 83,
        45 => 88,
        49 => 90,
        _ => return None,
    })
}

/// The market data type that a line is served with, as reply 58 says it.
///
/// Frozen prices are told apart from live ones only while the market is closed.
pub(super) const fn served(delayed: bool, asked: i32, open: bool) -> i32 {
    match (delayed, asked, open) {
        (true, 4, false) => 4,
        (true, _, _) => 3,
        (false, 2 | 4, false) => 2,
        (false, _, _) => 1,
    }
}
