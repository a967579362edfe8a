/// The text that is signed: members sorted by name, values as they are, `sign` left out.
pub(crate) fn joined<'a>(members: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut members: Vec<_> = members
        .into_iter()
        .filter(|(name, _)| *name != "sign")
        .collect();
    members.sort_unstable();
    let mut text = String::with_capacity(members.iter().map(|(n, v)| n.len() + v.len() + 2).sum());
    for (name, value) in members {
        if !text.is_empty() {
            text.push('&');
        }
        text.push_str(name);
        text.push('=');
        text.push_str(value);
    }
    text
}
