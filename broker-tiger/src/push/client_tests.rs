use core::time::Duration;

use super::Pauses;

#[test]
fn a_connection_that_comes_and_goes_waits_longer_and_longer_and_one_that_lived_begins_anew() {
    let seconds = Duration::from_secs;
    let pauses = Pauses {
        first: seconds(1),
        most: seconds(60),
    };
    let mut pause = Duration::ZERO;
    let flapping = [1, 2, 4, 8, 16, 32, 60, 60].map(seconds);
    for expected in flapping {
        pause = pauses.after(seconds(5), pause);
        assert_eq!(pause, expected);
    }
    assert_eq!(pauses.after(seconds(59), pause), seconds(60));
    assert_eq!(pauses.after(seconds(60), pause), seconds(1));
}
