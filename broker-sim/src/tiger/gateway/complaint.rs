use serde_json::Value;

/// What a request is answered with: the `data` of the envelope, or the code and the text of an error.
pub(in crate::tiger) type Answer = Result<Value, Complaint>;

/// An error as the vendor tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tiger) struct Complaint {
    pub(in crate::tiger) code: i32,
    pub(in crate::tiger) message: String,
}

impl Complaint {
    /// The code of requests that come too fast, sent with HTTP status 429.
    pub(in crate::tiger) const RATE_LIMIT: i32 = 5;

    pub(in crate::tiger) fn new(code: i32, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { code, message }
    }

    /// 1000: something that every request must have is wrong.
    pub(in crate::tiger) fn common(why: impl core::fmt::Display) -> Self {
        Self::new(1000, format!("common param error({why})"))
    }

    /// 1010: the parameters of the method are wrong.
    pub(in crate::tiger) fn business(why: impl core::fmt::Display) -> Self {
        Self::new(1010, format!("biz param error({why})"))
    }

    /// 4: this may not be asked.
    pub(in crate::tiger) fn forbidden(why: impl core::fmt::Display) -> Self {
        Self::new(4, format!("access forbidden({why})"))
    }

    /// 2400: the token is missing, wrong or lapsed.
    pub(in crate::tiger) fn token(why: impl core::fmt::Display) -> Self {
        Self::new(2400, format!("access token error({why})"))
    }
}
