use prost::Message as _;

use super::*;

/// A report on a company, which only the text dialect can ask for.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct FundamentalDataRequest {
    pub(crate) req_id: i32,
    pub(crate) contract: Contract,
    pub(crate) report_type: String,
}

/// Defines [`Request`] from one line per message: number, name, payload.
macro_rules! requests {
    ($($id:literal $name:ident($payload:ty),)+) => {
        /// Everything that a client may ask, by the protocol's numbers.
        #[derive(Debug, Clone, PartialEq)]
        #[expect(
            clippy::large_enum_variant,
            reason = "a request lives for one dispatch, and an order is the one that matters"
        )]
        pub(crate) enum Request {
            $($name($payload),)+
            /// 52, text only.
            FundamentalData(FundamentalDataRequest),
            /// 53, text only.
            CancelFundamentalData(i32),
        }

        impl Request {
            /// The protocol's number for the message.
            pub(crate) const fn id(&self) -> u32 {
                match self {
                    $(Self::$name(_) => $id,)+
                    Self::FundamentalData(_) => 52,
                    Self::CancelFundamentalData(_) => 53,
                }
            }

            /// Reads a protobuf payload; `None` for a number that has no such form.
            pub(crate) fn from_proto(id: u32, payload: &[u8]) -> Option<Result<Self, prost::DecodeError>> {
                match id {
                    $($id => Some(<$payload>::decode(payload).map(Self::$name)),)+
                    _ => None,
                }
            }

            /// The protobuf payload, as a client writes it; `None` for what has no such form.
            #[cfg(test)]
            pub(crate) fn to_proto(&self) -> Option<Vec<u8>> {
                match self {
                    $(Self::$name(payload) => Some(payload.encode_to_vec()),)+
                    Self::FundamentalData(_) | Self::CancelFundamentalData(_) => None,
                }
            }
        }
    };
}

requests! {
    1 MarketData(MarketDataRequest),
    2 CancelMarketData(CancelMarketData),
    3 PlaceOrder(PlaceOrderRequest),
    4 CancelOrder(CancelOrderRequest),
    5 OpenOrders(OpenOrdersRequest),
    6 AccountData(AccountDataRequest),
    7 Executions(ExecutionRequest),
    8 Ids(IdsRequest),
    9 ContractData(ContractDataRequest),
    10 MarketDepth(MarketDepthRequest),
    11 CancelMarketDepth(CancelMarketDepth),
    12 NewsBulletins(NewsBulletinsRequest),
    13 CancelNewsBulletins(CancelNewsBulletins),
    14 SetServerLogLevel(SetServerLogLevelRequest),
    15 AutoOpenOrders(AutoOpenOrdersRequest),
    16 AllOpenOrders(AllOpenOrdersRequest),
    17 ManagedAccounts(ManagedAccountsRequest),
    18 Fa(FaRequest),
    19 ReplaceFa(FaReplace),
    20 HistoricalData(HistoricalDataRequest),
    21 ExerciseOptions(ExerciseOptionsRequest),
    22 Scanner(ScannerSubscriptionRequest),
    23 CancelScanner(CancelScannerSubscription),
    24 ScannerParameters(ScannerParametersRequest),
    25 CancelHistoricalData(CancelHistoricalData),
    49 CurrentTime(CurrentTimeRequest),
    50 RealTimeBars(RealTimeBarsRequest),
    51 CancelRealTimeBars(CancelRealTimeBars),
    54 CalculateImpliedVolatility(CalculateImpliedVolatilityRequest),
    55 CalculateOptionPrice(CalculateOptionPriceRequest),
    56 CancelCalculateImpliedVolatility(CancelCalculateImpliedVolatility),
    57 CancelCalculateOptionPrice(CancelCalculateOptionPrice),
    58 GlobalCancel(GlobalCancelRequest),
    59 MarketDataType(MarketDataTypeRequest),
    61 Positions(PositionsRequest),
    62 AccountSummary(AccountSummaryRequest),
    63 CancelAccountSummary(CancelAccountSummary),
    64 CancelPositions(CancelPositions),
    65 Verify(VerifyRequest),
    66 VerifyMessage(VerifyMessageRequest),
    67 QueryDisplayGroups(QueryDisplayGroupsRequest),
    68 SubscribeToGroupEvents(SubscribeToGroupEventsRequest),
    69 UpdateDisplayGroup(UpdateDisplayGroupRequest),
    70 UnsubscribeFromGroupEvents(UnsubscribeFromGroupEventsRequest),
    71 StartApi(StartApiRequest),
    74 PositionsMulti(PositionsMultiRequest),
    75 CancelPositionsMulti(CancelPositionsMulti),
    76 AccountUpdatesMulti(AccountUpdatesMultiRequest),
    77 CancelAccountUpdatesMulti(CancelAccountUpdatesMulti),
    78 SecDefOptParams(SecDefOptParamsRequest),
    79 SoftDollarTiers(SoftDollarTiersRequest),
    80 FamilyCodes(FamilyCodesRequest),
    81 MatchingSymbols(MatchingSymbolsRequest),
    82 MarketDepthExchanges(MarketDepthExchangesRequest),
    83 SmartComponents(SmartComponentsRequest),
    84 NewsArticle(NewsArticleRequest),
    85 NewsProviders(NewsProvidersRequest),
    86 HistoricalNews(HistoricalNewsRequest),
    87 HeadTimestamp(HeadTimestampRequest),
    88 Histogram(HistogramDataRequest),
    89 CancelHistogram(CancelHistogramData),
    90 CancelHeadTimestamp(CancelHeadTimestamp),
    91 MarketRule(MarketRuleRequest),
    92 PnL(PnLRequest),
    93 CancelPnL(CancelPnL),
    94 PnLSingle(PnLSingleRequest),
    95 CancelPnLSingle(CancelPnLSingle),
    96 HistoricalTicks(HistoricalTicksRequest),
    97 TickByTick(TickByTickRequest),
    98 CancelTickByTick(CancelTickByTick),
    99 CompletedOrders(CompletedOrdersRequest),
    100 WshMetaData(WshMetaDataRequest),
    101 CancelWshMetaData(CancelWshMetaData),
    102 WshEventData(WshEventDataRequest),
    103 CancelWshEventData(CancelWshEventData),
    104 UserInfo(UserInfoRequest),
    105 CurrentTimeInMillis(CurrentTimeInMillisRequest),
    106 CancelContractData(CancelContractData),
    107 CancelHistoricalTicks(CancelHistoricalTicks),
    108 Config(ConfigRequest),
    109 UpdateConfig(UpdateConfigRequest),
}
