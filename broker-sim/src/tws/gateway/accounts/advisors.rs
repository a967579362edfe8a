//! Families, soft dollars and advisors: the simulated accounts belong to nobody's family and to no
//! advisor.

use crate::tws::{
    gateway::turn::Turn,
    message::{
        FaReplace, FaRequest, FamilyCode, FamilyCodes, Reply, SoftDollarTiers,
        SoftDollarTiersRequest,
    },
};

const NO_ADVISOR: &str =
    "Error validating request.-'bW' : cause - FA data operations ignored for non FA customers.";

impl Turn<'_> {
    pub(in crate::tws::gateway) fn family_codes(&self) {
        let codes = self.state.accounts.iter().map(|account| FamilyCode {
            account_id: Some(account.to_string()),
            family_code: Some(String::new()),
        });
        self.reply(&Reply::FamilyCodes(FamilyCodes {
            family_codes: codes.collect(),
        }));
    }

    pub(in crate::tws::gateway) fn soft_dollar_tiers(&self, request: &SoftDollarTiersRequest) {
        self.reply(&Reply::SoftDollarTiers(SoftDollarTiers {
            req_id: request.req_id,
            soft_dollar_tiers: Vec::new(),
        }));
    }

    pub(in crate::tws::gateway) fn financial_advisor(&self, _request: &FaRequest) {
        self.error(-1, 321, NO_ADVISOR);
    }

    pub(in crate::tws::gateway) fn replace_financial_advisor(&self, request: &FaReplace) {
        self.error(request.req_id.unwrap_or(-1), 321, NO_ADVISOR);
    }
}
