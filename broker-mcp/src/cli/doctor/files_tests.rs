use std::fs;

use super::{files, finding::Weight};
use crate::settings::{self, COMMENTED, FILE_NAME, Place};

#[cfg(unix)]
#[test]
fn a_secret_file_that_others_can_read_is_wrong_and_says_what_to_do() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE_NAME);
    fs::write(&path, COMMENTED).unwrap();
    let keys = folder.path().join("keys.json");
    fs::write(&keys, "{}").unwrap();
    let mode = |mode| fs::set_permissions(&keys, fs::Permissions::from_mode(mode)).unwrap();
    let whole = settings::read(Place::File(path), [], []).unwrap();
    mode(0o640);
    let found = files::look(&whole);
    let wrong: Vec<_> = found
        .iter()
        .filter(|one| one.weight == Weight::Wrong)
        .collect();
    assert_eq!(wrong.len(), 1, "{found:?}");
    assert_eq!(wrong[0].code, Some("file_mode"));
    assert!(wrong[0].cure.as_ref().unwrap().starts_with("chmod 600"));
    mode(0o600);
    assert!(
        files::look(&whole)
            .iter()
            .all(|one| one.weight == Weight::Fine)
    );
}

#[test]
fn a_folder_that_cannot_be_written_to_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE_NAME);
    fs::write(&path, COMMENTED).unwrap();
    // Where the folder should be, there is a file.
    fs::write(folder.path().join("journal"), "").unwrap();
    let whole = settings::read(Place::File(path), [], []).unwrap();
    let found = files::look(&whole);
    assert!(
        found
            .iter()
            .any(|one| one.weight == Weight::Wrong && one.what.contains("journal")),
        "{found:?}"
    );
}
