#[cfg(test)]
use prost::Message as _;

use super::*;

/// Recorded bars and the range that they cover: one frame of text, two of protobuf.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct HistoricalBars {
    pub(crate) data: HistoricalData,
    pub(crate) end: HistoricalDataEnd,
}

/// Defines [`Reply`] from one line per message: number, name, payload.
macro_rules! replies {
    ($($id:literal $name:ident($payload:ty),)+) => {
        /// Everything that the server may say, by the protocol's numbers.
        #[allow(
            dead_code,
            reason = "some messages have no occasion here, and tests read every one"
        )]
        #[derive(Debug, Clone, PartialEq)]
        pub(crate) enum Reply {
            $($name($payload),)+
            /// 51, text only: request and report.
            FundamentalData(i32, String),
            /// 17 with the end in it as text, 17 and then 108 as protobuf.
            HistoricalBars(HistoricalBars),
        }

        impl Reply {
            /// The protocol's number for the message.
            pub(crate) const fn id(&self) -> u32 {
                match self {
                    $(Self::$name(_) => $id,)+
                    Self::FundamentalData(..) => 51,
                    Self::HistoricalBars(_) => 17,
                }
            }

            /// Appends the protobuf frames that the reply consists of: length, number, payload.
            ///
            /// `false`, and nothing appended, for what has no such form.
            pub(crate) fn write_proto_frames(&self, buffer: &mut Vec<u8>) -> bool {
                match self {
                    $(Self::$name(payload) => proto_frame($id, payload, buffer),)+
                    Self::FundamentalData(..) => false,
                    Self::HistoricalBars(bars) => {
                        proto_frame(17, &bars.data, buffer) && proto_frame(108, &bars.end, buffer)
                    }
                }
            }

            /// Reads a protobuf payload, as a client does.
            #[cfg(test)]
            pub(crate) fn from_proto(id: u32, payload: &[u8]) -> Option<Result<Self, prost::DecodeError>> {
                match id {
                    $($id => Some(<$payload>::decode(payload).map(Self::$name)),)+
                    _ => None,
                }
            }
        }
    };
}

replies! {
    1 TickPrice(TickPrice),
    2 TickSize(TickSize),
    3 OrderStatus(OrderStatus),
    4 Error(ErrorMessage),
    5 OpenOrder(OpenOrder),
    6 AccountValue(AccountValue),
    7 PortfolioValue(PortfolioValue),
    8 AccountUpdateTime(AccountUpdateTime),
    9 NextValidId(NextValidId),
    10 ContractData(ContractData),
    11 ExecutionDetails(ExecutionDetails),
    12 MarketDepth(MarketDepth),
    13 MarketDepthL2(MarketDepthL2),
    14 NewsBulletin(NewsBulletin),
    15 ManagedAccounts(ManagedAccounts),
    16 ReceiveFa(ReceiveFa),
    17 HistoricalData(HistoricalData),
    18 BondContractData(ContractData),
    19 ScannerParameters(ScannerParameters),
    20 ScannerData(ScannerData),
    21 TickOptionComputation(TickOptionComputation),
    45 TickGeneric(TickGeneric),
    46 TickString(TickString),
    49 CurrentTime(CurrentTime),
    50 RealTimeBar(RealTimeBarTick),
    52 ContractDataEnd(ContractDataEnd),
    53 OpenOrdersEnd(OpenOrdersEnd),
    54 AccountDataEnd(AccountDataEnd),
    55 ExecutionDetailsEnd(ExecutionDetailsEnd),
    57 TickSnapshotEnd(TickSnapshotEnd),
    58 MarketDataType(MarketDataType),
    59 CommissionReport(CommissionAndFeesReport),
    61 Position(Position),
    62 PositionEnd(PositionEnd),
    63 AccountSummary(AccountSummary),
    64 AccountSummaryEnd(AccountSummaryEnd),
    65 VerifyMessageApi(VerifyMessageApi),
    66 VerifyCompleted(VerifyCompleted),
    67 DisplayGroupList(DisplayGroupList),
    68 DisplayGroupUpdated(DisplayGroupUpdated),
    71 PositionMulti(PositionMulti),
    72 PositionMultiEnd(PositionMultiEnd),
    73 AccountUpdateMulti(AccountUpdateMulti),
    74 AccountUpdateMultiEnd(AccountUpdateMultiEnd),
    75 SecDefOptParameter(SecDefOptParameter),
    76 SecDefOptParameterEnd(SecDefOptParameterEnd),
    77 SoftDollarTiers(SoftDollarTiers),
    78 FamilyCodes(FamilyCodes),
    79 SymbolSamples(SymbolSamples),
    80 MarketDepthExchanges(MarketDepthExchanges),
    81 TickReqParams(TickReqParams),
    82 SmartComponents(SmartComponents),
    83 NewsArticle(NewsArticle),
    84 TickNews(TickNews),
    85 NewsProviders(NewsProviders),
    86 HistoricalNews(HistoricalNews),
    87 HistoricalNewsEnd(HistoricalNewsEnd),
    88 HeadTimestamp(HeadTimestamp),
    89 HistogramData(HistogramData),
    90 HistoricalDataUpdate(HistoricalDataUpdate),
    91 RerouteMarketData(RerouteMarketDataRequest),
    92 RerouteMarketDepth(RerouteMarketDepthRequest),
    93 MarketRule(MarketRule),
    94 PnL(PnL),
    95 PnLSingle(PnLSingle),
    96 HistoricalTicks(HistoricalTicks),
    97 HistoricalTicksBidAsk(HistoricalTicksBidAsk),
    98 HistoricalTicksLast(HistoricalTicksLast),
    99 TickByTick(TickByTickData),
    100 OrderBound(OrderBound),
    101 CompletedOrder(CompletedOrder),
    102 CompletedOrdersEnd(CompletedOrdersEnd),
    103 ReplaceFaEnd(ReplaceFaEnd),
    104 WshMetaData(WshMetaData),
    105 WshEventData(WshEventData),
    106 HistoricalSchedule(HistoricalSchedule),
    107 UserInfo(UserInfo),
    108 HistoricalDataEnd(HistoricalDataEnd),
    109 CurrentTimeInMillis(CurrentTimeInMillis),
    110 Config(ConfigResponse),
    111 UpdateConfig(UpdateConfigResponse),
}

/// What a message's number is raised by to say that its payload is protobuf.
const PROTO: u32 = 200;

fn proto_frame(id: u32, payload: &impl prost::Message, buffer: &mut Vec<u8>) -> bool {
    // A frame's length covers the number; no message comes near the largest one.
    let Ok(length) = u32::try_from(payload.encoded_len() + size_of::<u32>()) else {
        return false;
    };
    buffer.extend_from_slice(&length.to_be_bytes());
    buffer.extend_from_slice(&(id + PROTO).to_be_bytes());
    payload.encode_raw(buffer);
    true
}
