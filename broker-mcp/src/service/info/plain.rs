//! Plain text of what a news agency sends as a page. Nothing in it is followed or fetched.

/// Parts of a page that nobody reads.
const UNREAD: [&str; 3] = ["script", "style", "head"];
/// After which a new line begins.
const BLOCKS: [&str; 16] = [
    "p",
    "br",
    "div",
    "li",
    "ul",
    "ol",
    "tr",
    "table",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "blockquote",
    "pre",
];
const NAMED: [(&str, char); 7] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", ' '),
    ("mdash", '—'),
];

/// The text without tags, with a line for each block.
pub(super) fn plain(page: &str) -> String {
    let mut text = String::new();
    let mut rest = page;
    while let Some((before, after)) = rest.split_once('<') {
        text.push_str(before);
        let name: String = after
            .trim_start_matches('/')
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .flat_map(char::to_lowercase)
            .collect();
        let is_tag = !name.is_empty() || after.starts_with("!--");
        let Some((_, behind)) = after.split_once('>').filter(|_| is_tag) else {
            // A price below another is no tag.
            text.push('<');
            rest = after;
            continue;
        };
        rest = behind;
        if UNREAD.contains(&name.as_str()) && !after.starts_with('/') {
            let end = format!("</{name}");
            let lower = rest.to_ascii_lowercase();
            rest = lower
                .find(&end)
                .and_then(|at| rest.get(at..))
                .unwrap_or_default();
        } else if BLOCKS.contains(&name.as_str()) && !text.is_empty() && !text.ends_with("\n\n") {
            text.push('\n');
        }
    }
    text.push_str(rest);
    let text = entities(&text);
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n").trim().to_owned()
}

fn entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let read = after.split_once(';').filter(|(name, _)| name.len() <= 8);
        let letter = read.and_then(|(name, behind)| Some((letter(name)?, behind)));
        match letter {
            Some((letter, behind)) => {
                out.push(letter);
                rest = behind;
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

fn letter(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let number = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(number);
    }
    let known = NAMED.iter().find(|(known, _)| *known == name);
    known.map(|(_, letter)| *letter)
}
