//! What is asked about orders; the terms of an order are in [`place_order`](super::place_order).

use super::contract;
pub(super) use super::place_order::place_order;
use crate::tws::{
    message::*,
    text::{Malformed, field_reader::FieldReader, since},
};

pub(super) fn cancel_order(
    version: u32,
    fields: &mut FieldReader<'_>,
) -> Result<Request, Malformed> {
    fields.version(&[1])?;
    let order_id = fields.id("orderId")?;
    let mut order_cancel = OrderCancel::default();
    if version >= since::MANUAL_ORDER_TIME {
        order_cancel.manual_order_cancel_time = fields.text("manualOrderCancelTime")?;
    }
    Ok(Request::CancelOrder(CancelOrderRequest {
        order_id,
        order_cancel: Some(order_cancel),
    }))
}

pub(super) fn global_cancel(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    fields.version(&[1])?;
    Ok(Request::GlobalCancel(GlobalCancelRequest::default()))
}

pub(super) fn open_orders(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    fields.version(&[1])?;
    Ok(Request::OpenOrders(OpenOrdersRequest {}))
}

pub(super) fn all_open_orders(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    fields.version(&[1])?;
    Ok(Request::AllOpenOrders(AllOpenOrdersRequest {}))
}

pub(super) fn auto_open_orders(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    fields.version(&[1])?;
    Ok(Request::AutoOpenOrders(AutoOpenOrdersRequest {
        auto_bind: fields.flag("autoBind")?,
    }))
}

pub(super) fn completed_orders(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    Ok(Request::CompletedOrders(CompletedOrdersRequest {
        api_only: fields.flag("apiOnly")?,
    }))
}

pub(super) fn executions(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    fields.version(&[3])?;
    let req_id = fields.id("reqId")?;
    let filter = ExecutionFilter {
        client_id: fields.int("clientId")?,
        acct_code: fields.text("acctCode")?,
        time: fields.text("time")?,
        symbol: fields.text("symbol")?,
        sec_type: fields.text("secType")?,
        exchange: fields.text("exchange")?,
        side: fields.text("side")?,
        ..ExecutionFilter::default()
    };
    Ok(Request::Executions(ExecutionRequest {
        req_id,
        execution_filter: Some(filter),
    }))
}

pub(super) fn exercise_options(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    fields.version(&[2])?;
    Ok(Request::ExerciseOptions(ExerciseOptionsRequest {
        order_id: fields.id("orderId")?,
        contract: Some(contract::option(fields)?),
        exercise_action: fields.int("exerciseAction")?,
        exercise_quantity: fields.int("exerciseQuantity")?,
        account: fields.text("account")?,
        override_action: fields.flag("override")?,
        ..ExerciseOptionsRequest::default()
    }))
}
