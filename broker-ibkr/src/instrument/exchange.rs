//! Exchanges: ISO 10383 codes and the gateway's names.

use broker_core::model::Mic;

/// How the gateway reaches an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route {
    /// Through the broker's router, with the exchange as the primary one.
    Smart,
    /// Directly.
    Direct,
}

macro_rules! exchanges {
    ($( $mic:literal $name:literal $route:ident, )+) => {
        /// Every exchange of the table by code.
        #[cfg(test)]
        pub(super) const ALL: &[(&str, &str)] = &[ $( ($mic, $name), )+ ];

        /// The gateway's name of an exchange and how to reach it.
        pub(super) fn entry(mic: Mic) -> Option<(&'static str, Route)> {
            match mic.as_str() {
                $( $mic => Some(($name, Route::$route)), )+
                _ => None,
            }
        }

        fn code(name: &str) -> Option<&'static str> {
            match name {
                $( $name => Some($mic), )+
                _ => None,
            }
        }
    };
}

exchanges! {
    // United States, shares
    "XNAS" "NASDAQ" Smart,
    "XNYS" "NYSE" Smart,
    "XASE" "AMEX" Smart,
    "ARCX" "ARCA" Smart,
    "BATS" "BATS" Smart,
    "BATY" "BYX" Smart,
    "EDGA" "EDGEA" Smart,
    "EDGX" "DRCTEDGE" Smart,
    "IEXG" "IEX" Smart,
    "MEMX" "MEMX" Smart,
    "LTSE" "LTSE" Smart,
    "XBOS" "BEX" Smart,
    "XPSX" "PSX" Smart,
    "XCHI" "CHX" Smart,
    "PINX" "PINK" Smart,
    // United States, options
    "XCBO" "CBOE" Direct,
    "C2OX" "CBOE2" Direct,
    "XPHL" "PHLX" Direct,
    "XISX" "ISE" Direct,
    "GMNI" "GEMINI" Direct,
    "MCRY" "MERCURY" Direct,
    "XMIO" "MIAX" Direct,
    "MPRL" "PEARL" Direct,
    "EMLD" "EMERALD" Direct,
    "XBOX" "BOX" Direct,
    "XNDQ" "NASDAQOM" Direct,
    "XBXO" "NASDAQBX" Direct,
    // United States, futures
    "XCME" "CME" Direct,
    "XCBT" "CBOT" Direct,
    "XNYM" "NYMEX" Direct,
    "XCEC" "COMEX" Direct,
    "XCBF" "CFE" Direct,
    "IFUS" "NYBOT" Direct,
    // Canada, Mexico
    "XTSE" "TSE" Smart,
    "XTSX" "VENTURE" Smart,
    "XMOD" "CDE" Direct,
    "XMEX" "MEXI" Direct,
    // Europe
    "XLON" "LSE" Smart,
    "IFEU" "IPE" Direct,
    "IFLL" "ICEEU" Direct,
    "XETR" "IBIS" Smart,
    "XFRA" "FWB" Smart,
    "XSTU" "SWB" Smart,
    "XEUR" "EUREX" Direct,
    "XPAR" "SBF" Smart,
    "XAMS" "AEB" Smart,
    "XBRU" "ENEXT.BE" Smart,
    "XLIS" "BVL" Smart,
    "XSWX" "EBS" Smart,
    "XMAD" "BM" Smart,
    "XMIL" "BVME" Smart,
    "XWBO" "VSE" Smart,
    "XWAR" "WSE" Direct,
    "XPRA" "PRA" Direct,
    "XBUD" "BUX" Direct,
    "XSTO" "SFB" Smart,
    "XCSE" "CPH" Smart,
    "XHEL" "HEX" Smart,
    "XOSL" "OSE" Smart,
    // Asia, Pacific, Africa
    "XHKG" "SEHK" Direct,
    "XHKF" "HKFE" Direct,
    "XSHG" "SEHKNTL" Direct,
    "XSHE" "SEHKSZSE" Direct,
    "XTKS" "TSEJ" Direct,
    "XOSE" "OSE.JPN" Direct,
    "XKRX" "KSE" Direct,
    "XSES" "SGX" Direct,
    "XNSE" "NSE" Direct,
    "XASX" "ASX" Smart,
    "XSFE" "SNFE" Direct,
    "XTAE" "TASE" Direct,
    "XJSE" "JSE" Direct,
}

/// Where shares of the United States are listed.
const AMERICAN: [&str; 6] = ["XNAS", "XNYS", "XASE", "ARCX", "BATS", "PINX"];

/// Whether an exchange lists shares of the United States.
pub(crate) fn is_american(mic: Mic) -> bool {
    AMERICAN.contains(&mic.as_str())
}

/// Other names that the gateway has had or has for an exchange of the table.
const ALSO: &[(&str, &str)] = &[
    ("ISLAND", "XNAS"),
    ("NASDAQ.NMS", "XNAS"),
    ("NASDAQ.SCM", "XNAS"),
    ("NASDAQ.GMS", "XNAS"),
    ("GLOBEX", "XCME"),
    ("ECBOT", "XCBT"),
    ("DTB", "XEUR"),
    ("IBIS2", "XETR"),
    ("LSEETF", "XLON"),
    ("BVME.ETF", "XMIL"),
    ("OTCLNKECN", "PINX"),
];

/// The router's name; it is no exchange.
pub(super) const SMART: &str = "SMART";
/// Where currencies trade.
pub(super) const FOREX: &str = "IDEALPRO";
/// Where crypto assets trade, in the order in which they are tried.
pub(super) const CRYPTO: [&str; 2] = ["PAXOS", "ZEROHASH"];
/// Where funds are bought.
pub(super) const FUNDS: &str = "FUNDSERV";

/// The gateway's name of an exchange.
pub(crate) fn exchange_name(mic: Mic) -> Option<&'static str> {
    entry(mic).map(|(name, _)| name)
}

/// The exchange of one of the gateway's names; `None` for a name that is not in the table.
pub(crate) fn mic(name: &str) -> Option<Mic> {
    let also = || ALSO.iter().find(|(known, _)| *known == name);
    code(name)
        .or_else(|| also().map(|(_, code)| *code))
        .and_then(|code| code.parse().ok())
}
