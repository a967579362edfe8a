use std::sync::Arc;

use axum::{
    Extension, Json,
    body::Body,
    extract::{RawPathParams, RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse as _, Response},
    routing::{MethodFilter, MethodRouter, on},
};
use futures_util::future::BoxFuture;
use serde_json::{Map, Value, json};

use super::{fields::Fields, shape};
use crate::{
    Fault, FaultCode, Principal,
    alias::numbers,
    principal::Role,
    rest::{
        Rest, Shared, arguments,
        endpoints::Endpoint,
        invoke,
        reply::{self, Failure},
        stream,
    },
};

/// What an operation is asked with, out of what a caller wrote.
pub(super) type Asked = fn(&Fields) -> Result<Map<String, Value>, Fault>;
/// What the caller expects, out of what the operation answered.
pub(super) type Told = fn(&Fields, &Value) -> Result<Value, Fault>;

/// How a path is gone.
#[derive(Clone, Copy)]
pub(super) enum Plan {
    /// By one operation.
    One(Asked, Told),
    /// By events of one operation for as long as the caller listens.
    Events(Asked),
    /// By several.
    Several(for<'a> fn(&'a Ask) -> BoxFuture<'a, Result<Value, Fault>>),
}

/// In which shape answers are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// In the envelope, with faults as text.
    Tiger,
    /// As they are.
    Plain,
}

impl Style {
    /// A path that is answered in this shape.
    pub(super) const fn way(
        self,
        verb: &'static str,
        path: &'static str,
        operation: &'static str,
        role: Role,
        summary: &'static str,
        plan: Plan,
    ) -> Way {
        Way {
            verb,
            path,
            operation,
            role,
            style: self,
            summary,
            plan,
        }
    }
}

/// One path of a former program.
pub(super) struct Way {
    verb: &'static str,
    pub(super) path: &'static str,
    operation: &'static str,
    role: Role,
    style: Style,
    summary: &'static str,
    plan: Plan,
}

/// One request to such a path.
pub(super) struct Ask {
    pub(super) rest: Arc<Rest>,
    pub(super) principal: Arc<Principal>,
    pub(super) headers: HeaderMap,
    pub(super) fields: Fields,
}

impl Ask {
    /// Puts contract numbers beside the instruments of an answer.
    async fn number(&self, operation: &str, answer: &mut Value) -> Result<(), Fault> {
        let call = invoke::call(Arc::clone(&self.principal), &self.headers)?;
        numbers::add(&self.rest.service, &call, operation, answer).await;
        Ok(())
    }

    /// Does an operation, as this caller. Decimals come back as numbers.
    pub(super) async fn call(
        &self,
        operation: &str,
        arguments: Map<String, Value>,
    ) -> Result<Value, Fault> {
        let call = invoke::call(Arc::clone(&self.principal), &self.headers)?;
        let mut answer = self.rest.invoke(call, operation, arguments).await?;
        if let Some(known) = self.rest.service.operations().get(operation) {
            shape::numbers(&Value::Object((*known.output).clone()), &mut answer);
        }
        Ok(answer)
    }
}

impl Way {
    pub(super) fn endpoint(&self) -> Endpoint {
        Endpoint {
            method: self.verb,
            path: self.path.to_owned(),
            role: (!self.path.ends_with("/health")).then_some(self.role),
            operation: Some(self.operation),
            summary: self.summary.to_owned(),
        }
    }

    pub(super) fn method(&'static self) -> MethodRouter<Shared> {
        let filter = match self.verb {
            "post" => MethodFilter::POST,
            "delete" => MethodFilter::DELETE,
            _ => MethodFilter::GET,
        };
        on(
            filter,
            move |State(rest): State<Shared>,
                  principal: Option<Extension<Arc<Principal>>>,
                  parts: RawPathParams,
                  RawQuery(query): RawQuery,
                  headers: HeaderMap,
                  body: Body| async move {
                let mut written = arguments::pairs(query.as_deref());
                match arguments::of_body(&headers, body).await {
                    Ok(body) => written.extend(body),
                    Err(failure) => return self.failed(&rest, failure, None),
                }
                for (name, value) in &parts {
                    written.insert(name.to_owned(), Value::from(value));
                }
                // Whoever is let in without a name may do nothing that has a role.
                let nobody = || Arc::new(Principal::new("nobody", []));
                let principal = principal.map_or_else(nobody, |Extension(known)| known);
                let ask = Ask {
                    rest,
                    principal,
                    headers,
                    fields: Fields(written),
                };
                self.go(&ask).await
            },
        )
    }

    async fn go(&self, ask: &Ask) -> Response {
        let answer = match self.plan {
            Plan::Events(asked) => return self.events(ask, asked).await,
            Plan::One(asked, told) => self.one(ask, asked, told).await,
            Plan::Several(several) => several(ask).await,
        };
        let account = ask.fields.text("account");
        let account = account.as_deref();
        match answer {
            Ok(answer) => self.answered(answer, account),
            Err(fault) => self.failed(&ask.rest, fault.into(), account),
        }
    }

    async fn one(&self, ask: &Ask, asked: Asked, told: Told) -> Result<Value, Fault> {
        let arguments = asked(&ask.fields)?;
        let mut answer = ask.call(self.operation, arguments).await?;
        // The words of TWS: what is read there is named by number in the next request.
        if self.path.starts_with("/api/v1/") {
            ask.number(self.operation, &mut answer).await?;
        }
        let data = answer.get_mut("data").map(Value::take);
        // Of several accounts, each is told by itself.
        let Some(accounts) = answer.get_mut("accounts").filter(|all| all.is_array()) else {
            // Whoever named no account is told which one it was.
            let mut fields = Fields(ask.fields.0.clone());
            if fields.get("account").is_none() {
                let account = shape::at(&answer, "meta/account");
                fields.0.insert("account".to_owned(), account);
            }
            return told(&fields, &data.unwrap_or_default());
        };
        let mut all = accounts.take();
        for one in all.as_array_mut().into_iter().flatten() {
            if let Some(data) = one.get_mut("data").filter(|data| !data.is_null()) {
                *data = told(&ask.fields, data)?;
            }
        }
        Ok(json!({ "accounts": all }))
    }

    async fn events(&self, ask: &Ask, asked: Asked) -> Response {
        let begun = asked(&ask.fields).and_then(|arguments| {
            let call = invoke::call(Arc::clone(&ask.principal), &ask.headers)?;
            Ok((call, arguments))
        });
        match begun {
            Ok((call, arguments)) => {
                stream::forever(&ask.rest, call, self.operation, arguments).await
            }
            Err(fault) => self.failed(&ask.rest, fault.into(), None),
        }
    }

    fn answered(&self, mut answer: Value, account: Option<&str>) -> Response {
        if self.style == Style::Plain {
            let (status, retry) = aside(&mut answer);
            let mut response = (status, Json(answer)).into_response();
            if let Some(seconds) = retry {
                let seconds = HeaderValue::from(seconds);
                response.headers_mut().insert(RETRY_AFTER, seconds);
            }
            return response;
        }
        let body = json!({
            "success": true,
            "data": answer,
            "error": null,
            "account": account,
            "timestamp": reply::now(),
        });
        Json(body).into_response()
    }

    fn failed(&self, rest: &Rest, failure: Failure, account: Option<&str>) -> Response {
        let Failure { status, fault } = failure;
        let retry_after = fault.retry_after;
        let body = match self.style {
            // `error` is text, as those programs read it; all of it is in `fault`.
            Style::Tiger => json!({
                "success": false,
                "data": null,
                "error": fault.message,
                "fault": fault,
                "account": account,
                "timestamp": reply::now(),
            }),
            Style::Plain => json!({
                "error": fault.message,
                "detail": fault.message,
                "fault": fault,
            }),
        };
        // Who is not known or may not is told so by the status even to those programs.
        let keeps = matches!(
            fault.code,
            FaultCode::Unauthenticated | FaultCode::Forbidden
        );
        let as_ever = self.style == Style::Tiger && rest.compat.always_200 && !keeps;
        let status = if as_ever { StatusCode::OK } else { status };
        let mut response = (status, Json(body)).into_response();
        reply::mark_retry(&mut response, retry_after);
        response
    }
}

/// What an answer says about its status and its headers, taken out of it.
fn aside(answer: &mut Value) -> (StatusCode, Option<u32>) {
    let aside = answer
        .as_object_mut()
        .and_then(|answer| answer.remove(ASIDE));
    let number = |name: &str| aside.as_ref().and_then(|aside| aside.get(name)?.as_u64());
    let status = number("status")
        .and_then(|status| u16::try_from(status).ok())
        .and_then(|status| StatusCode::from_u16(status).ok())
        .unwrap_or(StatusCode::OK);
    let retry = number("retry_after").and_then(|seconds| u32::try_from(seconds).ok());
    (status, retry)
}

/// The name under which an answer says something about its status: no field is called so.
pub(super) const ASIDE: &str = "\u{0}aside";
