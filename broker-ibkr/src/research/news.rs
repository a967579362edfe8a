//! Headlines that have been seen, because the gateway gives an article without its headline.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
};

use broker_core::model::NewsHeadline;

/// Headlines that are remembered; the oldest is forgotten first.
const MOST: usize = 10_000;

/// Headlines by provider and article.
#[derive(Debug, Default)]
pub(super) struct Headlines {
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    by_article: HashMap<(String, String), NewsHeadline>,
    order: VecDeque<(String, String)>,
}

impl Headlines {
    pub(super) fn remember(&self, headline: &NewsHeadline) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let article = (headline.provider.clone(), headline.id.clone());
        if seen
            .by_article
            .insert(article.clone(), headline.clone())
            .is_none()
        {
            seen.order.push_back(article);
        }
        if seen.order.len() > MOST
            && let Some(oldest) = seen.order.pop_front()
        {
            seen.by_article.remove(&oldest);
        }
    }

    pub(super) fn of(&self, provider: &str, id: &str) -> Option<NewsHeadline> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.by_article
            .get(&(provider.to_owned(), id.to_owned()))
            .cloned()
    }
}
