/// What runs when there is no file: a paper account with recorded prices and a few positions. Nothing of
/// it outlives the program.
pub const WITHOUT_A_FILE: &str = include_str!("without_a_file.toml");

/// What `init` writes.
pub const COMMENTED: &str = include_str!("commented.toml");
