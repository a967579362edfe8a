use futures_util::{Stream, StreamExt as _};
use ibapi::subscriptions::SubscriptionItem;

/// What a stream of TWS brings, remarks left out, until something of it is lost.
///
/// A reader that fell behind is told so by a remark (−6). What was dropped is not told again, so that
/// is an error here.
pub(crate) fn lossless<T, S>(stream: S) -> impl Stream<Item = Result<T, ibapi::Error>> + Unpin
where
    S: Stream<Item = Result<SubscriptionItem<T>, ibapi::Error>> + Unpin,
{
    stream.filter_map(|item| {
        core::future::ready(match item {
            Ok(SubscriptionItem::Data(item)) => Some(Ok(item)),
            Ok(SubscriptionItem::Notice(notice)) if notice.code == ibapi::SUBSCRIPTION_LAG_CODE => {
                Some(Err(ibapi::Error::Notice(notice)))
            }
            Ok(SubscriptionItem::Notice(notice)) => {
                tracing::warn!(%notice, "TWS remarked on what it was asked");
                None
            }
            Err(error) => Some(Err(error)),
        })
    })
}
