//! The handler: one line for each method, with what it answers elsewhere.

use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CacheScope, CallToolRequestParams, CallToolResponse, CompleteRequestParams, CompleteResult,
        GetPromptRequestParams, GetPromptResponse, ListPromptsResult, ListResourceTemplatesResult,
        ListResourcesResult, ListToolsResult, PaginatedRequestParams, ReadResourceRequestParams,
        ReadResourceResponse, ServerConfig, SubscribeRequestParams, SubscriptionFilter, Tool,
        UnsubscribeRequestParams,
    },
    service::{RequestContext, SubscriptionContext},
};

use super::{BrokerTools, resources};

/// How long a list may be kept, in milliseconds. It changes with the key only, and what is not in the
/// list of a key cannot be called with it.
const FRESH: u64 = 60_000;

impl ServerHandler for BrokerTools {
    fn get_info(&self) -> ServerConfig {
        (*self.info).clone()
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let principal = self.principal(&context.extensions)?;
        let seen = self.listing.iter();
        let seen = seen.filter(|(operation, _)| operation.is_for(&principal));
        let mut tools: Vec<Tool> = seen.map(|(_, tool)| tool.clone()).collect();
        let visible = |name: &str| {
            let operation = self.listing.get(name);
            operation.is_some_and(|(operation, _)| operation.is_for(&principal))
        };
        tools.extend(self.alias_tools(visible));
        Ok(ListToolsResult::with_all_items(tools)
            .with_ttl_ms(FRESH)
            .with_cache_scope(CacheScope::Private))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        self.called(request, &context).await
    }

    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let principal = self.principal(&context.extensions)?;
        let call = self.call_of(principal, &context);
        Ok(
            ListResourcesResult::with_all_items(resources::list(self, &call))
                .with_ttl_ms(FRESH)
                .with_cache_scope(CacheScope::Private),
        )
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let principal = self.principal(&context.extensions)?;
        Ok(
            ListResourceTemplatesResult::with_all_items(resources::templates(self, &principal))
                .with_ttl_ms(FRESH)
                .with_cache_scope(CacheScope::Private),
        )
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let principal = self.principal(&context.extensions)?;
        let call = self.call_of(principal, &context);
        let read = resources::read(self, &call, &request.uri).await?;
        // Prices and positions are true when they are read and not later.
        Ok(read
            .with_ttl_ms(0)
            .with_cache_scope(CacheScope::Private)
            .into())
    }

    async fn subscribe(
        &self,
        request: SubscribeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        let principal = self.principal(&context.extensions)?;
        let call = self.call_of(principal, &context);
        resources::subscribe(self, &call, &request.uri, context.peer).await
    }

    async fn unsubscribe(
        &self,
        request: UnsubscribeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.principal(&context.extensions)?;
        self.subscriptions.end(&request.uri);
        Ok(())
    }

    fn accepted_subscription_filter(
        &self,
        requested: &SubscriptionFilter,
    ) -> Option<SubscriptionFilter> {
        Some(resources::acceptable(requested))
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        let request = context.request_context();
        let principal = self.principal(&request.extensions)?;
        let call = self.call_of(principal, request);
        resources::listen(self, &call, &context).await;
        Ok(())
    }

    async fn list_prompts(
        &self,
        _: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        let principal = self.principal(&context.extensions)?;
        Ok(
            ListPromptsResult::with_all_items(self.prompts.seen_by(&principal))
                .with_ttl_ms(FRESH)
                .with_cache_scope(CacheScope::Private),
        )
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        let principal = self.principal(&context.extensions)?;
        let arguments = request.arguments.unwrap_or_default();
        let prompt = self.prompts.fill(&principal, &request.name, &arguments)?;
        Ok(prompt.into())
    }

    async fn complete(
        &self,
        request: CompleteRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        let principal = self.principal(&context.extensions)?;
        let call = self.call_of(principal, &context);
        self.completed(&call, &request).await
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        self.listing.get(name).map(|(_, tool)| tool.clone())
    }
}
