/// A message of numbered fields.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Message(Vec<(u64, Field)>);

#[derive(Debug, Clone, PartialEq)]
enum Field {
    Number(u64),
    Double(f64),
    Bytes(Vec<u8>),
}

impl Message {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    fn with(mut self, tag: u64, field: Field) -> Self {
        self.0.push((tag, field));
        self
    }

    pub(crate) fn with_int(self, tag: u64, value: i64) -> Self {
        self.with(tag, Field::Number(u64::from_ne_bytes(value.to_ne_bytes())))
    }

    pub(crate) fn with_double(self, tag: u64, value: f64) -> Self {
        self.with(tag, Field::Double(value))
    }

    pub(crate) fn with_text(self, tag: u64, value: &str) -> Self {
        self.with(tag, Field::Bytes(value.as_bytes().to_vec()))
    }

    pub(crate) fn with_message(self, tag: u64, value: &Self) -> Self {
        self.with(tag, Field::Bytes(value.encode()))
    }

    fn field(&self, tag: u64) -> Option<&Field> {
        self.0
            .iter()
            .find(|(own, _)| *own == tag)
            .map(|(_, field)| field)
    }

    /// 0 when it is absent, as in the format itself.
    pub(crate) fn int(&self, tag: u64) -> i64 {
        match self.field(tag) {
            Some(Field::Number(value)) => i64::from_ne_bytes(value.to_ne_bytes()),
            _ => 0,
        }
    }

    pub(crate) fn double(&self, tag: u64) -> f64 {
        match self.field(tag) {
            Some(Field::Double(value)) => *value,
            _ => 0.0,
        }
    }

    pub(crate) fn text(&self, tag: u64) -> String {
        match self.field(tag) {
            Some(Field::Bytes(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
            _ => String::new(),
        }
    }

    pub(crate) fn message(&self, tag: u64) -> Self {
        match self.field(tag) {
            Some(Field::Bytes(bytes)) => Self::decode(bytes),
            _ => Self::default(),
        }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (tag, field) in &self.0 {
            match field {
                Field::Number(value) => {
                    number(&mut bytes, tag << 3);
                    number(&mut bytes, *value);
                }
                Field::Double(value) => {
                    number(&mut bytes, (tag << 3) | 1);
                    bytes.extend(value.to_le_bytes());
                }
                Field::Bytes(value) => {
                    number(&mut bytes, (tag << 3) | 2);
                    number(&mut bytes, value.len().try_into().unwrap());
                    bytes.extend(value);
                }
            }
        }
        bytes
    }

    pub(crate) fn decode(mut bytes: &[u8]) -> Self {
        let mut message = Self::default();
        while !bytes.is_empty() {
            let key = take_number(&mut bytes);
            let field = match key & 7 {
                0 => Field::Number(take_number(&mut bytes)),
                1 => {
                    let (value, rest) = bytes.split_at(8);
                    bytes = rest;
                    Field::Double(f64::from_le_bytes(value.try_into().unwrap()))
                }
                2 => {
                    let length = usize::try_from(take_number(&mut bytes)).unwrap();
                    let (value, rest) = bytes.split_at(length);
                    bytes = rest;
                    Field::Bytes(value.to_vec())
                }
                other => panic!("a field of kind {other}"),
            };
            message.0.push((key >> 3, field));
        }
        message
    }
}

fn number(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(u8::try_from(value & 0x7f).unwrap() | 0x80);
        value >>= 7;
    }
    bytes.push(u8::try_from(value).unwrap());
}

fn take_number(bytes: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..).step_by(7) {
        let (first, rest) = bytes.split_first().unwrap();
        *bytes = rest;
        value |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            break;
        }
    }
    value
}
