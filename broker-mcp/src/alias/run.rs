//! Doing what an alias means.

use serde_json::{Map, Value, json};

use super::{Alias, Profile, Target, UNIFIED, entry::Shape, numbers};
use crate::{BrokerService, Call, Fault, FaultCode};

/// An answer, and the text that goes with it when it is not the same as JSON.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Reply {
    /// The answer.
    pub structured: Value,
    /// Its text.
    pub text: Option<String>,
}

impl Reply {
    /// An answer as it is.
    #[must_use]
    pub const fn plain(structured: Value) -> Self {
        Self {
            structured,
            text: None,
        }
    }
}

impl Alias {
    /// Does what it means for arguments in the other server's spelling, and answers in that server's
    /// shape.
    ///
    /// # Errors
    /// As [`map`](Self::map), and what the operations say.
    pub async fn run(
        &self,
        name: &str,
        service: &BrokerService,
        call: &Call,
        given: Map<String, Value>,
    ) -> Result<Reply, Fault> {
        let answer = match self.target {
            Target::One(operation) => {
                let mut answer = service.call(call, operation, self.map(&given)?).await?;
                if self.profile() == Profile::Tws {
                    numbers::add(service, call, operation, &mut answer).await;
                }
                answer
            }
            Target::ChainOfNearestExpiry => chain(service, call, self.map(&given)?).await?,
            Target::Portfolio => portfolio(service, call, self.map(&given)?).await?,
            // However it is called, the answer is that there is none.
            Target::Unsupported(why) => {
                return Err(Fault::new(FaultCode::Unsupported, format!("{name}: {why}")));
            }
        };
        Ok(self.reply(name, answer, &given))
    }

    /// An answer in the other server's shape.
    pub(super) fn reply(&self, name: &str, answer: Value, given: &Map<String, Value>) -> Reply {
        match self.shape {
            Shape::Markdown(write) => Reply {
                text: Some(write(&answer, given)),
                structured: answer,
            },
            Shape::Json(shape) => {
                let shaped = shape(&answer, given);
                // Under the name of an operation its schema holds, too: clients check it.
                if UNIFIED.contains(&name) {
                    return Reply {
                        text: Some(shaped.to_string()),
                        structured: answer,
                    };
                }
                Reply::plain(shaped)
            }
        }
    }
}

/// The chain of the expiry that is named, otherwise of the next one, with all expiries beside it.
async fn chain(
    service: &BrokerService,
    call: &Call,
    mut arguments: Map<String, Value>,
) -> Result<Value, Fault> {
    let named = arguments.remove("expiry");
    let mut asked = arguments.clone();
    asked.remove("strikes");
    let expirations = service.call(call, "get_option_expirations", asked).await?;
    let dates = expirations.pointer("/data/expirations").cloned();
    let dates = dates.unwrap_or_default();
    let first = || {
        let first = dates.as_array().and_then(|dates| dates.first());
        first.map(|first| match first {
            Value::Object(expiry) => expiry.get("date").cloned().unwrap_or(Value::Null),
            date => date.clone(),
        })
    };
    let Some(expiry) = named.or_else(first) else {
        let message = "there are no options on this instrument";
        return Err(Fault::new(FaultCode::NotFound, message));
    };
    arguments.insert("expiry".to_owned(), expiry.clone());
    let mut answer = service.call(call, "get_option_chain", arguments).await?;
    if let Some(data) = answer.get_mut("data").and_then(Value::as_object_mut) {
        data.entry("expiry").or_insert(expiry);
        data.insert("expiration_dates".to_owned(), dates);
    }
    Ok(answer)
}

async fn portfolio(
    service: &BrokerService,
    call: &Call,
    arguments: Map<String, Value>,
) -> Result<Value, Fault> {
    let positions = service.call(call, "get_positions", arguments.clone());
    let summary = service.call(call, "get_account_summary", arguments);
    let (positions, summary) = futures_util::future::try_join(positions, summary).await?;
    Ok(json!({ "positions": positions, "summary": summary, "meta": positions.get("meta") }))
}
