// Subscribing, unsubscribing and log levels belong to the era of `initialize`.
#![expect(deprecated)]

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CallToolRequestParams, CallToolResponse, CompleteRequestParams, CompleteResult,
        GetPromptRequestParams, GetPromptResponse, ListPromptsResult, ListResourceTemplatesResult,
        ListResourcesResult, ListToolsResult, PaginatedRequestParams, ReadResourceRequestParams,
        ReadResourceResponse, RequestStateCodec, ServerConfig, SetLevelRequestParams,
        SubscribeRequestParams, SubscriptionFilter, Tool, UnsubscribeRequestParams,
    },
    service::{RequestContext, SubscriptionContext},
};

use super::{content, rounds, tools};
use crate::tools::{BrokerTools, SealError};

/// The fixtures of the suite before the tools: the same stack, the same lists, and more in them.
#[derive(Debug, Clone)]
pub struct WithFixtures {
    tools: BrokerTools,
    codec: RequestStateCodec,
    watched: Arc<Mutex<BTreeSet<String>>>,
}

impl WithFixtures {
    /// The tools with the fixtures of the conformance suite.
    ///
    /// # Errors
    /// When there are no random numbers for a key.
    pub fn over(tools: BrokerTools) -> Result<Self, SealError> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|_| SealError::Random)?;
        let codec = RequestStateCodec::try_new(key).map_err(|_| SealError::KeyTooShort)?;
        Ok(Self {
            tools,
            codec,
            watched: Arc::default(),
        })
    }
}

type Paged = Option<PaginatedRequestParams>;
type Context = RequestContext<RoleServer>;

impl ServerHandler for WithFixtures {
    fn get_info(&self) -> ServerConfig {
        let mut info = self.tools.get_info();
        info.capabilities.logging = Some(serde_json::Map::new());
        info
    }

    async fn list_tools(
        &self,
        page: Paged,
        context: Context,
    ) -> Result<ListToolsResult, ErrorData> {
        let mut listed = self.tools.list_tools(page, context).await?;
        listed.tools.extend(tools::list());
        listed.tools.extend(rounds::list());
        Ok(listed)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: Context,
    ) -> Result<CallToolResponse, ErrorData> {
        let arguments = request.arguments.clone().unwrap_or_default();
        if let Some(answer) = tools::call(&request.name, &arguments, &context).await {
            return answer;
        }
        let responses = request.input_responses.as_ref();
        let state = request.request_state.as_deref();
        if let Some(answer) = rounds::call(&self.codec, &request.name, responses, state, &context) {
            return answer;
        }
        self.tools.call_tool(request, context).await
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        let fixtures = tools::list().into_iter().chain(rounds::list());
        let mut fixtures = fixtures.filter(|tool| tool.name == name);
        fixtures.next().or_else(|| self.tools.get_tool(name))
    }

    async fn list_resources(
        &self,
        page: Paged,
        context: Context,
    ) -> Result<ListResourcesResult, ErrorData> {
        let mut listed = self.tools.list_resources(page, context).await?;
        listed.resources.extend(content::resources());
        Ok(listed)
    }

    async fn list_resource_templates(
        &self,
        page: Paged,
        context: Context,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let mut listed = self.tools.list_resource_templates(page, context).await?;
        listed.resource_templates.extend(content::templates());
        Ok(listed)
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        context: Context,
    ) -> Result<ReadResourceResponse, ErrorData> {
        match content::read(&request.uri) {
            Some(read) => Ok(read.into()),
            None => self.tools.read_resource(request, context).await,
        }
    }

    async fn subscribe(
        &self,
        request: SubscribeRequestParams,
        context: Context,
    ) -> Result<(), ErrorData> {
        if content::read(&request.uri).is_none() {
            return self.tools.subscribe(request, context).await;
        }
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        watched.insert(request.uri);
        Ok(())
    }

    async fn unsubscribe(
        &self,
        request: UnsubscribeRequestParams,
        context: Context,
    ) -> Result<(), ErrorData> {
        let ours = {
            let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
            watched.remove(&request.uri)
        };
        if ours {
            return Ok(());
        }
        self.tools.unsubscribe(request, context).await
    }

    fn accepted_subscription_filter(
        &self,
        requested: &SubscriptionFilter,
    ) -> Option<SubscriptionFilter> {
        self.tools.accepted_subscription_filter(requested)
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        self.tools.listen(context).await
    }

    async fn list_prompts(
        &self,
        page: Paged,
        context: Context,
    ) -> Result<ListPromptsResult, ErrorData> {
        let mut listed = self.tools.list_prompts(page, context).await?;
        listed.prompts.extend(content::prompts());
        Ok(listed)
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        context: Context,
    ) -> Result<GetPromptResponse, ErrorData> {
        if request.name == "test_input_required_result_prompt" {
            return rounds::prompt(request.input_responses.as_ref());
        }
        let arguments = request.arguments.clone().unwrap_or_default();
        match content::prompt(&request.name, &arguments) {
            Some(prompt) => Ok(prompt.into()),
            None => self.tools.get_prompt(request, context).await,
        }
    }

    async fn complete(
        &self,
        request: CompleteRequestParams,
        context: Context,
    ) -> Result<CompleteResult, ErrorData> {
        self.tools.complete(request, context).await
    }

    async fn set_level(&self, _: SetLevelRequestParams, _: Context) -> Result<(), ErrorData> {
        Ok(())
    }
}
