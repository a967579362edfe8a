use core::{future::pending, time::Duration};
use std::time::Instant;

use super::progress::{moved, patiently, watched};

#[tokio::test(start_paused = true)]
async fn what_moves_may_take_as_long_as_it_likes() {
    let slow = async {
        for _ in 0..100 {
            tokio::time::sleep(Duration::from_secs(80)).await;
            moved();
        }
        7
    };
    assert_eq!(watched(slow).await, Ok(7));
}

#[tokio::test(start_paused = true)]
async fn what_stands_still_ends() {
    let ended = watched(async {
        moved();
        pending::<()>().await;
    });
    let why = ended.await.unwrap_err();
    assert!(why.contains("stands still after 1 moves"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn what_moves_for_ever_ends() {
    let ended = watched(async {
        loop {
            tokio::time::sleep(Duration::from_millis(1)).await;
            moved();
        }
    });
    let why: Result<(), String> = ended.await;
    assert!(why.unwrap_err().contains("did not end"));
}

#[tokio::test]
async fn a_machine_that_stands_still_takes_no_patience() {
    // The thread that does everything here is held for longer than all looks together.
    let held = async {
        let until = Instant::now() + Duration::from_millis(50);
        while Instant::now() < until {
            std::hint::spin_loop();
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(patiently(3, Duration::from_millis(5), held).await, Some(()));
}
