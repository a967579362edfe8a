use broker_core::model::ScannerRanking;

use super::service::scan_code;

#[test]
fn every_ranking_has_a_scan() {
    for ranking in ScannerRanking::ALL {
        assert!(!scan_code(*ranking).unwrap().is_empty());
    }
}
