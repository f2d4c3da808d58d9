//! Calls to other machines: encrypted, without redirects and proxies, with a time limit.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use greenlane_configuration::callee::is_special;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;

/// A client that follows no redirect and asks no proxy.
///
/// # Errors
/// There are no root certificates on this machine.
pub fn client(time_limit: Duration) -> Result<reqwest::Client, String> {
    // Whoever came first has chosen the same one.
    drop(rustls::crypto::ring::default_provider().install_default());
    let client = reqwest::Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .timeout(time_limit)
        .dns_resolver(Arc::new(Names));
    let client = client.user_agent(concat!("greenlane/", env!("CARGO_PKG_VERSION"))).build();
    client.map_err(|error| reason(&error))
}

/// The innermost reason, without the URL.
pub fn reason(error: &reqwest::Error) -> String {
    let mut inner: &dyn std::error::Error = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

/// Looks names up and leaves out addresses that must not be called.
#[derive(Debug)]
struct Names;

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found.filter(|found| !is_special(found.ip())).collect();
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}
