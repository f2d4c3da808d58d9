//! What handlers work with.

use std::ops::Deref;
use std::sync::Arc;

use greenlane_outbound::Outbound;

/// What handlers work with: a desk, and those whom its server calls. Cheap to clone: every layer does it for every request.
#[derive(Clone)]
pub struct Service(Arc<Parts>);

struct Parts {
    outbound: Outbound,
    is_tls: bool,
}

impl Service {
    /// Of a server that is reached by TLS, or not.
    #[must_use]
    pub fn new(outbound: Outbound, is_tls: bool) -> Service {
        Service(Arc::new(Parts { outbound, is_tls }))
    }

    /// Whether it is reached by TLS, so that cookies are for TLS only.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.0.is_tls
    }
}

impl Deref for Service {
    type Target = Outbound;

    fn deref(&self) -> &Outbound {
        &self.0.outbound
    }
}
