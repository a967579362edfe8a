//! Groups of windows in TWS that show the same contract.

use crate::tws::{
    gateway::{client::ConnectionId, turn::Turn},
    message::{
        DisplayGroupList, DisplayGroupUpdated, QueryDisplayGroupsRequest, Reply,
        SubscribeToGroupEventsRequest, UnsubscribeFromGroupEventsRequest,
        UpdateDisplayGroupRequest,
    },
};

/// The groups that there are.
const GROUPS: core::ops::RangeInclusive<i32> = 1..=7;
/// What a group shows that shows nothing.
const NOTHING: &str = "none";

impl Turn<'_> {
    pub(in crate::tws::gateway) fn display_groups(&mut self, request: &QueryDisplayGroupsRequest) {
        let groups: Vec<String> = GROUPS.map(|group| group.to_string()).collect();
        self.reply(&Reply::DisplayGroupList(DisplayGroupList {
            req_id: request.req_id,
            groups: Some(groups.join("|")),
        }));
    }

    pub(in crate::tws::gateway) fn subscribe_to_group(
        &mut self,
        request: &SubscribeToGroupEventsRequest,
    ) {
        let id = request.req_id.unwrap_or(-1);
        let group = request.group_id.unwrap_or_default();
        if !GROUPS.contains(&group) {
            return self.error(
                id,
                321,
                format!("Error validating request: there is no display group {group}"),
            );
        }
        self.state
            .research
            .group_readers
            .insert((self.from, id), group);
        let shown = self.state.research.groups.get(&group);
        let shown = shown.cloned().unwrap_or_else(|| NOTHING.into());
        self.show_group((self.from, id), &shown);
    }

    pub(in crate::tws::gateway) fn update_display_group(
        &mut self,
        request: &UpdateDisplayGroupRequest,
    ) {
        let id = request.req_id.unwrap_or(-1);
        let Some(group) = self
            .state
            .research
            .group_readers
            .get(&(self.from, id))
            .copied()
        else {
            let text = "Error validating request: the display group is not subscribed to";
            return self.error(id, 321, text);
        };
        let shown = request
            .contract_info
            .clone()
            .unwrap_or_else(|| NOTHING.into());
        self.state.research.groups.insert(group, shown.clone());
        let readers: Vec<_> = self
            .state
            .research
            .group_readers
            .iter()
            .filter(|(_, read)| **read == group)
            .map(|(reader, _)| *reader)
            .collect();
        for reader in readers {
            self.show_group(reader, &shown);
        }
    }

    pub(in crate::tws::gateway) fn unsubscribe_from_group(
        &mut self,
        request: &UnsubscribeFromGroupEventsRequest,
    ) {
        let id = request.req_id.unwrap_or(-1);
        self.state.research.group_readers.remove(&(self.from, id));
    }

    fn show_group(&self, reader: (ConnectionId, i32), shown: &str) {
        if let Some(client) = self.state.clients.get(&reader.0) {
            client.send(&Reply::DisplayGroupUpdated(DisplayGroupUpdated {
                req_id: Some(reader.1),
                contract_info: Some(shown.to_owned()),
            }));
        }
    }
}
