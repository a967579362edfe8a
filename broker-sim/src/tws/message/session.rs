//! The session: start, identifiers, time, errors, configuration.

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct CurrentTime {
    #[prost(int64, optional, tag = "1")]
    pub(crate) current_time: Option<i64>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct CurrentTimeInMillis {
    #[prost(int64, optional, tag = "1")]
    pub(crate) current_time_in_millis: Option<i64>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct CurrentTimeInMillisRequest {}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct CurrentTimeRequest {}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ErrorMessage {
    #[prost(int32, optional, tag = "1")]
    pub(crate) id: Option<i32>,
    #[prost(int64, optional, tag = "2")]
    pub(crate) error_time: Option<i64>,
    #[prost(int32, optional, tag = "3")]
    pub(crate) error_code: Option<i32>,
    #[prost(string, optional, tag = "4")]
    pub(crate) error_msg: Option<String>,
    #[prost(string, optional, tag = "5")]
    pub(crate) advanced_order_reject_json: Option<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct IdsRequest {
    #[prost(int32, optional, tag = "1")]
    pub(crate) num_ids: Option<i32>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ManagedAccounts {
    #[prost(string, optional, tag = "1")]
    pub(crate) accounts_list: Option<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ManagedAccountsRequest {}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct NextValidId {
    #[prost(int32, optional, tag = "1")]
    pub(crate) order_id: Option<i32>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct SetServerLogLevelRequest {
    #[prost(int32, optional, tag = "1")]
    pub(crate) log_level: Option<i32>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct StartApiRequest {
    #[prost(int32, optional, tag = "1")]
    pub(crate) client_id: Option<i32>,
    #[prost(string, optional, tag = "2")]
    pub(crate) optional_capabilities: Option<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct UserInfo {
    #[prost(int32, optional, tag = "1")]
    pub(crate) req_id: Option<i32>,
    #[prost(string, optional, tag = "2")]
    pub(crate) white_branding_id: Option<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct UserInfoRequest {
    #[prost(int32, optional, tag = "1")]
    pub(crate) req_id: Option<i32>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct VerifyCompleted {
    #[prost(bool, optional, tag = "1")]
    pub(crate) is_successful: Option<bool>,
    #[prost(string, optional, tag = "2")]
    pub(crate) error_text: Option<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct VerifyMessageApi {
    #[prost(string, optional, tag = "1")]
    pub(crate) api_data: Option<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct VerifyMessageRequest {
    #[prost(string, optional, tag = "1")]
    pub(crate) api_data: Option<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct VerifyRequest {
    #[prost(string, optional, tag = "1")]
    pub(crate) api_name: Option<String>,
    #[prost(string, optional, tag = "2")]
    pub(crate) api_version: Option<String>,
}
