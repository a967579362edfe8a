use serde_json::json;

use crate::tiger::gateway::{
    Answer, Complaint,
    orders::bad_request,
    parameters::{Parameters, missing},
    turn::Turn,
};

impl Turn<'_> {
    /// A transfer of positions between accounts, which the simulated world does not have: its accounts
    /// are each other's strangers.
    pub(in crate::tiger::gateway) fn position_transfer(&mut self, asked: Parameters<'_>) -> Answer {
        let from = asked.required_text("from_account")?;
        asked.required_text("to_account")?;
        asked.required_text("market")?;
        if asked.objects("transfers")?.is_empty() {
            return Err(missing("transfers"));
        }
        let mut own = self.developer.accounts.iter();
        let account = own
            .find(|account| account.as_str() == from)
            .ok_or_else(|| Complaint::business(format!("account '{from}' is not linked")))?;
        let text = "positions are not transferred between simulated accounts";
        Err(bad_request(account, text))
    }

    /// There has been no transfer.
    pub(in crate::tiger::gateway) fn position_transfer_records(
        &mut self,
        asked: Parameters<'_>,
    ) -> Answer {
        self.known_account(asked)?;
        Ok(json!([]))
    }

    pub(in crate::tiger::gateway) fn position_transfer_detail(
        &mut self,
        asked: Parameters<'_>,
    ) -> Answer {
        self.known_account(asked)?;
        let id = asked.integer("id")?.ok_or_else(|| missing("id"))?;
        Err(Complaint::business(format!("there is no transfer {id}")))
    }

    /// The account that these methods name in their own way.
    fn known_account(&self, asked: Parameters<'_>) -> Result<(), Complaint> {
        let name = match asked.get("account_id") {
            Some(serde_json::Value::Number(number)) => number.to_string(),
            _ => asked.required_text("account_id")?.to_owned(),
        };
        let mut own = self.developer.accounts.iter();
        if own.any(|account| account.as_str() == name) {
            return Ok(());
        }
        Err(Complaint::business(format!(
            "account '{name}' is not linked"
        )))
    }
}
