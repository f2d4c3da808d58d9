//! Addresses that this server may call: encrypted, or on this machine, and some machine's own.

use std::net::IpAddr;

use url::Url;

/// What is wrong with a URL to call; `None` if nothing is.
#[must_use]
pub fn url_problem(url: &str) -> Option<String> {
    let parsed = match Url::parse(url) {
        Ok(parsed) => parsed,
        Err(error) => return Some(error.to_string()),
    };
    let host = parsed.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    let address = address.ok();
    let is_loopback = host == "localhost" || address.is_some_and(|address| address.is_loopback());
    if address.is_some_and(is_special) {
        return Some("this address belongs to no receiver".to_owned());
    }
    match parsed.scheme() {
        _ if !parsed.username().is_empty() || parsed.password().is_some() => {
            Some("a password has no place in it".to_owned())
        }
        "https" => None,
        "http" if is_loopback => None,
        _ => Some("expected https://…; http:// only on this machine".to_owned()),
    }
}

/// Whether an address is no machine's own: of the link, where clouds tell what they know of a machine, of groups, of nobody.
#[must_use]
pub fn is_special(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            address.is_link_local()
                || address.is_multicast()
                || address.is_broadcast()
                || address.octets()[0] == 0
        }
        IpAddr::V6(address) => {
            address.is_unspecified() || address.is_multicast() || address.is_unicast_link_local()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leaves_the_machine_is_encrypted() {
        for url in
            ["https://broker.example/hook?a=b", "http://127.0.0.1:9/x", "http://[::1]/", "http://localhost:1"]
        {
            assert_eq!(url_problem(url), None, "{url}");
        }
        for url in [
            "http://broker.example/",
            "http://127.0.0.1.broker.example/",
            "http://10.0.0.1/",
            "https://me:secret@broker.example/",
            "file:///etc/passwd",
            "broker.example",
            "https://169.254.169.254/latest/meta-data",
            "https://0.0.0.0/",
            "https://[fe80::1]/",
            "https://[::ffff:169.254.169.254]/",
            "https://224.0.0.1/",
        ] {
            assert!(url_problem(url).is_some(), "{url}");
        }
    }
}
