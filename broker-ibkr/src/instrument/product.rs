//! Products whose trading class, which is what everybody calls them, is not the symbol that the
//! gateway files them under.

/// Trading class and the gateway's symbol.
const PRODUCTS: &[(&str, &str)] = &[
    // Index options
    ("SPXW", "SPX"),
    ("SPXPM", "SPX"),
    ("NDXP", "NDX"),
    ("RUTW", "RUT"),
    ("VIXW", "VIX"),
    ("XSPW", "XSP"),
    ("DJXW", "DJX"),
    ("MXEFW", "MXEF"),
    // Currency and crypto futures of the CME
    ("6A", "AUD"),
    ("6B", "GBP"),
    ("6C", "CAD"),
    ("6E", "EUR"),
    ("6J", "JPY"),
    ("6L", "BRE"),
    ("6M", "MXP"),
    ("6N", "NZD"),
    ("6S", "CHF"),
    ("BTC", "BRR"),
    ("ETH", "ETHUSDRR"),
    // Volatility, metals
    ("VX", "VIX"),
    ("SIL", "SI"),
    // Eurex
    ("FDAX", "DAX"),
    ("FDXM", "DAX"),
    ("FDXS", "DAX"),
    ("FESX", "ESTX50"),
    ("FSXE", "ESTX50"),
    ("FGBL", "GBL"),
    ("FGBM", "GBM"),
    ("FGBS", "GBS"),
    ("FGBX", "GBX"),
    ("ODAX", "DAX"),
    ("OESX", "ESTX50"),
    // Weekly and month-end options on the E-mini S&P 500
    ("EW", "ES"),
    ("EW1", "ES"),
    ("EW2", "ES"),
    ("EW3", "ES"),
    ("EW4", "ES"),
];

/// The symbol under which the gateway files a trading class.
pub(super) fn symbol_of(class: &str) -> &str {
    let known = PRODUCTS.iter().find(|(known, _)| *known == class);
    known.map_or(class, |(_, symbol)| symbol)
}

/// The product root of a contract with a symbol and a trading class.
///
/// The trading class is the root when the table leads from it back to the symbol. Otherwise the
/// symbol is, because a contract has to be found by its root again.
pub(super) fn root_of<'a>(symbol: &'a str, class: &'a str) -> &'a str {
    if !class.is_empty() && symbol_of(class) == symbol {
        class
    } else {
        symbol
    }
}
