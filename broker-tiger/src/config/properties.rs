//! The syntax of Java's properties, as far as it matters for settings.
//!
//! A line is a key, a separator (`=`, `:` or blanks) and a value; `#` and `!` begin a comment; a
//! backslash escapes the next character, and at the end of a line it goes on with the next one. Written
//! here because errors have to name the line and must never show it: values are secrets.

use broker_core::SecretString;

/// One setting of a file.
#[derive(Debug, Clone)]
pub(crate) struct Property {
    pub(crate) key: String,
    pub(crate) value: SecretString,
    /// The line on which it begins, from 1.
    pub(crate) line: usize,
}

/// A line that is no setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed {
    /// The line, from 1.
    pub(crate) line: usize,
    pub(crate) why: &'static str,
}

/// Every line of a text that is neither blank nor a comment, in order.
///
/// A byte order mark is skipped, and `\n`, `\r\n` and `\r` end lines.
pub(crate) fn read(text: &str) -> impl Iterator<Item = Result<Property, Malformed>> {
    logical_lines(text.strip_prefix('\u{feff}').unwrap_or(text))
        .into_iter()
        .map(|(line, content)| property(line, &content))
}

fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\u{c}')
}

/// Lines with their continuations, comments and blank ones left out.
fn logical_lines(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    let mut goes_on = false;
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    for (index, raw) in text.split('\n').enumerate() {
        let content = raw.trim_start_matches(is_blank);
        if !goes_on && (content.is_empty() || content.starts_with(['#', '!'])) {
            continue;
        }
        let backslashes = content.chars().rev().take_while(|c| *c == '\\').count();
        let continues = backslashes % 2 == 1;
        let kept = if continues {
            content.strip_suffix('\\').unwrap_or(content)
        } else {
            content
        };
        match lines.last_mut() {
            Some((_, line)) if goes_on => line.push_str(kept),
            _ => lines.push((index + 1, kept.to_owned())),
        }
        goes_on = continues;
    }
    lines
}

fn property(line: usize, content: &str) -> Result<Property, Malformed> {
    let mut characters = content.chars().peekable();
    let mut key = String::new();
    while let Some(character) = characters.next_if(|c| !is_blank(*c) && !matches!(c, '=' | ':')) {
        key.push(unescaped(character, &mut characters, line)?);
    }
    while characters.next_if(|c| is_blank(*c)).is_some() {}
    if characters.next_if(|c| matches!(c, '=' | ':')).is_some() {
        while characters.next_if(|c| is_blank(*c)).is_some() {}
    }
    let mut value = String::with_capacity(content.len());
    while let Some(character) = characters.next() {
        value.push(unescaped(character, &mut characters, line)?);
    }
    // Java keeps blanks at the end; no setting of the vendor's has any, and people leave them.
    let value = SecretString::from(value.trim_end());
    Ok(Property { key, value, line })
}

fn unescaped(
    character: char,
    rest: &mut core::iter::Peekable<core::str::Chars<'_>>,
    line: usize,
) -> Result<char, Malformed> {
    if character != '\\' {
        return Ok(character);
    }
    let why = "ends in the middle of an escape";
    match rest.next().ok_or(Malformed { line, why })? {
        't' => Ok('\t'),
        'n' => Ok('\n'),
        'r' => Ok('\r'),
        'f' => Ok('\u{c}'),
        'u' => {
            let digits: String = rest.take(4).collect();
            let why = "has a \\u that is not followed by four hexadecimal digits of a character";
            let code = u32::from_str_radix(&digits, 16).ok();
            code.filter(|_| digits.len() == 4)
                .and_then(char::from_u32)
                .ok_or(Malformed { line, why })
        }
        other => Ok(other),
    }
}
