//! Several processes on one secret store, and processes that are killed while they change its key.
//!
//! The other processes are this test program again, playing [`a_program`].

#![expect(clippy::unwrap_used, reason = "the functions of a test fail it")]

use core::time::Duration;
use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
};

use broker_core::{ExposeSecret as _, SecretString, TokenStore as _};
use broker_runtime::secrets::{KeyDerivation, MasterKey, SecretStore, StoredToken};

const FOLDER: &str = "SECRETS_TEST_FOLDER";
const TASK: &str = "SECRETS_TEST_TASK";
const MARK: &str = "program: ";
const RENEWALS: u32 = 10;

fn start(folder: &Path, task: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_program", "--ignored", "--nocapture"])
        .env(FOLDER, folder)
        .env(TASK, task)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn open(folder: &Path) -> SecretStore {
    let key = MasterKey::file(folder.join("master.key"));
    SecretStore::open(folder.join("broker.secrets"), key).unwrap()
}

fn create(folder: &Path) -> SecretStore {
    let key = folder.join("master.key");
    MasterKey::generate_file(&key).unwrap();
    let cheap = KeyDerivation {
        memory_kib: 8,
        passes: 1,
        lanes: 1,
    };
    let path = folder.join("broker.secrets");
    let store = SecretStore::create_with(path, MasterKey::file(key), cheap).unwrap();
    store.put("login", &SecretString::from("0")).unwrap();
    store
}

/// Waits until a process says that it has begun.
fn has_begun(process: &mut Child) {
    let output = BufReader::new(process.stdout.as_mut().unwrap());
    let begun = output.lines().any(|line| line.unwrap().contains(MARK));
    assert!(begun, "a program ended");
}

#[test]
#[ignore = "a program of the other tests"]
fn a_program() {
    let Ok(folder) = std::env::var(FOLDER) else {
        return;
    };
    let store = Arc::new(open(Path::new(&folder)));
    println!("{MARK}begun");
    match std::env::var(TASK).unwrap().as_str() {
        "rotate" => loop {
            store.rotate().unwrap();
        },
        _ => {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .build()
                .unwrap();
            runtime.block_on(renew(StoredToken::new(store, "login").unwrap()));
        }
    }
}

/// Counts the token up, under a claim, as whoever renews it would.
async fn renew(token: StoredToken) {
    for _ in 0..RENEWALS {
        let _claim = token.claim(Duration::from_secs(60)).await.unwrap();
        let current = token.load().await.unwrap().unwrap();
        let next = current.expose_secret().parse::<u32>().unwrap() + 1;
        let next = SecretString::from(next.to_string());
        token.save(&next).await.unwrap();
    }
}

#[test]
fn processes_that_renew_a_token_under_a_claim_lose_no_renewal() {
    let folder = tempfile::tempdir().unwrap();
    let store = create(folder.path());
    let programs: Vec<_> = (0..3).map(|_| start(folder.path(), "renew")).collect();
    for mut program in programs {
        assert!(program.wait().unwrap().success());
    }
    let count = store.get("login").unwrap();
    assert_eq!(count.expose_secret(), (3 * RENEWALS).to_string());
}

#[test]
fn a_process_that_is_killed_while_it_rotates_leaves_a_store_that_opens() {
    let folder = tempfile::tempdir().unwrap();
    let store = create(folder.path());
    let mut half_done = 0;
    for kill in 0..30_u64 {
        let mut program = start(folder.path(), "rotate");
        has_begun(&mut program);
        // Anywhere in one of its rotations; the time is the fault that is injected.
        std::thread::sleep(Duration::from_micros(700 * kill));
        program.kill().unwrap();
        program.wait().unwrap();
        // A new process, and one that has been there all along.
        for store in [&open(folder.path()), &store] {
            assert_eq!(
                store.get("login").unwrap().expose_secret(),
                "0",
                "kill {kill}"
            );
        }
        half_done += u32::from(store.is_rotating().unwrap());
    }
    println!("{half_done} of 30 were killed between two steps");
    store.rotate().unwrap();
    assert!(!store.is_rotating().unwrap());
}
