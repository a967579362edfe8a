use std::{collections::BTreeMap, fs, io, os::unix::fs::PermissionsExt as _, path::Path};

/// Says of each file in a folder what its owner, his group and everybody else may do with it.
pub(crate) fn modes(folder: &Path) -> BTreeMap<String, u32> {
    let mode = |entry: io::Result<fs::DirEntry>| {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        (name, entry.metadata().unwrap().permissions().mode() & 0o777)
    };
    fs::read_dir(folder).unwrap().map(mode).collect()
}
