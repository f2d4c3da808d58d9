//! Calls to others: webhooks, the witnesses of the log, an identity provider.

pub mod openid;
mod outgoing;
mod reported;
pub mod subscriptions;
pub mod webhooks;
pub mod witnesses;

use std::ops::Deref;

use greenlane_desk::Desk;

use crate::openid::OpenId;
use crate::webhooks::Webhooks;
use crate::witnesses::Witnesses;

/// A desk, and those whom its server calls. What a desk has, it has too.
#[derive(Clone)]
pub struct Outbound {
    /// Where business is done.
    pub desk: Desk,
    /// Who is told of decisions.
    pub webhooks: Webhooks,
    /// Who cosigns the log.
    pub witnesses: Witnesses,
    /// Signing in with an identity provider, if there is one.
    pub openid: Option<OpenId>,
}

impl Deref for Outbound {
    type Target = Desk;

    fn deref(&self) -> &Desk {
        &self.desk
    }
}
