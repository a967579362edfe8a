use std::io::ErrorKind;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, duplex},
    time::{Instant, sleep},
};

use super::stalled::{STALLED, Stalled};

#[tokio::test(start_paused = true)]
async fn a_connection_of_which_nothing_is_taken_ends() {
    let (server, _client) = duplex(10);
    let began = Instant::now();
    let written = Stalled::over(server).write_all(&[0; 11]).await;
    assert_eq!(written.unwrap_err().kind(), ErrorKind::TimedOut);
    assert_eq!(began.elapsed(), STALLED);
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_is_waited_for_as_long_as_it_reads() {
    let (server, mut client) = duplex(10);
    let reads = tokio::spawn(async move {
        let mut bytes = [0; 10];
        for _ in 0..5 {
            sleep(STALLED / 2).await;
            client.read_exact(&mut bytes).await.unwrap();
        }
    });
    Stalled::over(server).write_all(&[0; 50]).await.unwrap();
    reads.await.unwrap();
}
