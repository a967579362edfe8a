//! TWS's own settings, which newer clients can read and change.

use crate::tws::{
    gateway::{Habits, turn::Turn},
    message::{
        ApiConfig, ApiPrecautionsConfig, ApiSettingsConfig, ConfigRequest, ConfigResponse,
        LockAndExitConfig, OrdersConfig, OrdersSmartRoutingConfig, Reply, UpdateConfigRequest,
        UpdateConfigResponse,
    },
};

/// Takes every field that is given and differs over into the settings, and notes its name.
macro_rules! take_over {
    ($changed:ident, $path:literal, $given:expr => $kept:expr, [$($field:ident),+ $(,)?]) => {
        $(
            if let Some(value) = &$given.$field
                && $kept.$field.as_ref() != Some(value)
            {
                $kept.$field = Some(value.clone());
                $changed.push(concat!($path, ".", stringify!($field)).to_owned());
            }
        )+
    };
}

impl Turn<'_> {
    pub(in crate::tws::gateway) fn config(&mut self, request: &ConfigRequest) {
        let mut config = self.settings().clone();
        config.req_id = request.req_id;
        self.reply(&Reply::Config(config));
    }

    pub(in crate::tws::gateway) fn update_config(&mut self, request: &UpdateConfigRequest) {
        let mut changed = Vec::new();
        let config = self.settings();
        if let Some(given) = &request.lock_and_exit {
            let kept = config.lock_and_exit.get_or_insert_default();
            take_over!(changed, "lockAndExit", given => kept,
                [auto_logoff_time, auto_logoff_period, auto_logoff_type]);
        }
        if let Some(api) = &request.api {
            update_api(config.api.get_or_insert_default(), api, &mut changed);
        }
        if let Some(given) = request
            .orders
            .as_ref()
            .and_then(|orders| orders.smart_routing.as_ref())
        {
            let orders = config.orders.get_or_insert_default();
            let kept = orders.smart_routing.get_or_insert_default();
            take_over!(changed, "orders.smartRouting", given => kept,
                [seek_price_improvement, pre_open_reroute, do_not_route_to_dark_pools, default_algorithm]);
        }
        let mut errors = Vec::new();
        for given in &request.messages {
            match config.messages.iter_mut().find(|kept| kept.id == given.id) {
                Some(kept) => {
                    take_over!(changed, "messages", given => kept, [default_action, enabled]);
                }
                None => errors.push(format!(
                    "there is no message {}",
                    given.id.unwrap_or_default()
                )),
            }
        }
        let settings = config.api.as_ref().and_then(|api| api.settings.clone());
        if let Some(settings) = settings {
            let habits = &mut self.state.habits;
            habits.read_only = settings.read_only_api.unwrap_or_default();
            habits.master_client_id = settings.master_client_id;
        }
        if request.reset_api_order_sequence.unwrap_or_default() {
            self.state.orders.reset_ids();
            changed.push("resetApiOrderSequence".into());
        }
        let status = if errors.is_empty() {
            "success"
        } else {
            "error"
        };
        self.reply(&Reply::UpdateConfig(UpdateConfigResponse {
            req_id: request.req_id,
            status: Some(status.into()),
            message: Some(format!("{} settings changed", changed.len())),
            changed_fields: changed,
            errors,
            warnings: Vec::new(),
        }));
    }

    /// The settings as they are now, the owner's changes of the habits included.
    fn settings(&mut self) -> &mut ConfigResponse {
        let habits = &self.state.habits;
        let config = self.state.research.config.get_or_insert_with(fresh);
        let settings = config
            .api
            .get_or_insert_default()
            .settings
            .get_or_insert_default();
        mirror(habits, settings);
        config
    }
}

/// What the habits decide.
fn mirror(habits: &Habits, settings: &mut ApiSettingsConfig) {
    settings.read_only_api = Some(habits.read_only);
    settings.master_client_id = habits.master_client_id;
    settings.reject_messages_above_max_rate = Some(habits.messages_per_second.is_some());
}

fn update_api(kept: &mut ApiConfig, given: &ApiConfig, changed: &mut Vec<String>) {
    if let Some(given) = &given.precautions {
        let kept = kept.precautions.get_or_insert_default();
        take_over!(changed, "api.precautions", given => kept, [
            bypass_order_precautions, bypass_bond_warning, bypass_negative_yield_confirmation,
            bypass_called_bond_warning, bypass_same_action_pair_trade_warning,
            bypass_flagged_accounts_warning, bypass_price_based_volatility_warning,
            bypass_redirect_order_warning, bypass_no_overfill_protection,
            bypass_route_marketable_to_bbo,
        ]);
    }
    if let Some(given) = &given.settings {
        let kept = kept.settings.get_or_insert_default();
        take_over!(changed, "api.settings", given => kept, [
            read_only_api, total_quantity_for_mutual_funds, download_open_orders_on_connection,
            include_virtual_fx_positions, prepare_daily_pnl, send_status_updates_for_volatility_orders,
            encode_api_messages, socket_port, use_negative_auto_range, create_api_message_log_file,
            include_market_data_in_log_file, expose_trading_schedule_to_api,
            split_insured_deposit_from_cash_balance, send_zero_positions_for_today_only,
            let_api_account_requests_switch_subscription, use_account_groups_with_allocation_methods,
            logging_level, master_client_id, bulk_data_timeout, component_exch_separator,
            show_forex_data_in_tenth_pips, allow_forex_trading_in_tenth_pips,
            round_account_values_to_nearest_whole_number, send_market_data_in_lots_for_us_stocks,
            show_advanced_order_reject_in_ui, reject_messages_above_max_rate,
            maintain_connection_on_incorrect_fields, compatibility_mode_nasdaq_stocks,
            send_instrument_timezone, send_forex_data_in_compatibility_mode,
            maintain_and_resubmit_orders_on_reconnect, historical_data_max_size,
            auto_report_netting_event_contract_trades, option_exercise_request_type,
            allow_localhost_only,
        ]);
        if !given.trusted_ips.is_empty() && given.trusted_ips != kept.trusted_ips {
            kept.trusted_ips.clone_from(&given.trusted_ips);
            changed.push("api.settings.trusted_ips".into());
        }
    }
}

/// The settings of a gateway that nobody has touched.
fn fresh() -> ConfigResponse {
    ConfigResponse {
        req_id: None,
        lock_and_exit: Some(LockAndExitConfig {
            auto_logoff_time: Some("11:45".into()),
            auto_logoff_period: Some("PM".into()),
            auto_logoff_type: Some("restart".into()),
        }),
        messages: Vec::new(),
        api: Some(ApiConfig {
            precautions: Some(ApiPrecautionsConfig {
                bypass_order_precautions: Some(true),
                ..ApiPrecautionsConfig::default()
            }),
            settings: Some(ApiSettingsConfig {
                download_open_orders_on_connection: Some(false),
                send_instrument_timezone: Some("instrument".into()),
                allow_localhost_only: Some(true),
                logging_level: Some("error".into()),
                ..ApiSettingsConfig::default()
            }),
        }),
        orders: Some(OrdersConfig {
            smart_routing: Some(OrdersSmartRoutingConfig::default()),
        }),
    }
}
