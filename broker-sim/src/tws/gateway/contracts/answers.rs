//! What TWS tells about contracts.

use crate::tws::{
    gateway::turn::Turn,
    message::{
        CancelContractData, ContractDataRequest, MarketRuleRequest, MatchingSymbolsRequest,
        SecDefOptParamsRequest, SmartComponentsRequest,
    },
};

impl Turn<'_> {
    pub(in crate::tws::gateway) fn contract_data(&mut self, request: &ContractDataRequest) {
        let _ = request;
    }

    pub(in crate::tws::gateway) fn cancel_contract_data(&mut self, request: &CancelContractData) {
        let _ = request;
    }

    pub(in crate::tws::gateway) fn matching_symbols(&mut self, request: &MatchingSymbolsRequest) {
        let _ = request;
    }

    pub(in crate::tws::gateway) fn market_rule(&mut self, request: &MarketRuleRequest) {
        let _ = request;
    }

    pub(in crate::tws::gateway) fn option_parameters(&mut self, request: &SecDefOptParamsRequest) {
        let _ = request;
    }

    pub(in crate::tws::gateway) fn smart_components(&mut self, request: &SmartComponentsRequest) {
        let _ = request;
    }

    pub(in crate::tws::gateway) fn depth_exchanges(&mut self) {}
}
