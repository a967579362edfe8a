//! How the server is asked: by a client of the protocol in this process.

use broker_mcp::{
    Principal,
    alias::Profile,
    principal::{Access, Confirm, Role, Toolset},
    tools::BrokerTools,
};
use rmcp::{
    RoleClient, ServiceExt as _,
    model::{CallToolRequestParams, ContentBlock},
    service::RunningService,
};
use serde_json::Value;

use crate::stage::Stage;

/// Somebody who may do everything with these accounts and is not asked.
pub(crate) fn principal(name: &str, accounts: &[&str]) -> Principal {
    let mut principal = Principal::new(name, [Role::Read, Role::Trade, Role::Admin]);
    principal.accounts = Access::Only(accounts.iter().map(|name| (*name).to_owned()).collect());
    principal.toolsets.insert(Toolset::IbExtra);
    principal.confirm = Confirm::Never;
    principal.limits.short_selling = true;
    principal
}

/// What a tool answered.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// Whether it is a fault.
    pub(crate) failed: bool,
    /// The text, as JSON where it is.
    pub(crate) text: Value,
    pub(crate) structured: Value,
}

pub(crate) struct Client(RunningService<RoleClient, ()>);

impl Client {
    pub(crate) async fn of(stage: &Stage, principal: Principal, profiles: &[Profile]) -> Self {
        let tools = BrokerTools::over(stage.service.clone()).unwrap();
        let tools = tools
            .with_profiles(profiles.iter().copied())
            .speaking_for(principal);
        let (ours, theirs) = tokio::io::duplex(1 << 20);
        tokio::spawn(async move {
            let serving = tools.serve(theirs).await.unwrap();
            serving.waiting().await.unwrap();
        });
        Self(().serve(ours).await.unwrap())
    }

    /// The tools, as a model reads them.
    pub(crate) async fn tools(&self) -> Value {
        serde_json::to_value(self.0.list_all_tools().await.unwrap()).unwrap()
    }

    pub(crate) async fn call(&self, tool: &'static str, arguments: &Value) -> Answer {
        let call =
            CallToolRequestParams::new(tool).with_arguments(arguments.as_object().unwrap().clone());
        let result = self.0.call_tool(call).await.unwrap();
        let mut text = String::new();
        for block in &result.content {
            if let ContentBlock::Text(block) = block {
                text += &block.text;
            }
        }
        Answer {
            failed: result.is_error == Some(true),
            text: serde_json::from_str(&text).unwrap_or(Value::String(text)),
            structured: result.structured_content.unwrap_or(Value::Null),
        }
    }
}
