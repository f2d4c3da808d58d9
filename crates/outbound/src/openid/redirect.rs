//! Where a browser goes on after signing in.

/// Longest path to go on at.
const LONGEST_THEN: usize = 512;

/// Whether a text is a path on this server, however a browser reads it.
#[must_use]
pub fn is_local(then: &str) -> bool {
    let visible = then.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    visible && then.len() <= LONGEST_THEN && then.starts_with('/') && !then.starts_with("//")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_signed_in_goes_on_at_this_server() {
        for then in ["/", "/v1/me", "/a?b=c&d=%2F#e"] {
            assert!(is_local(then), "{then}");
        }
        let long = format!("/{}", "a".repeat(LONGEST_THEN));
        for then in [
            "",
            "v1/me",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a b",
            "/\t/evil.example",
            "/é",
            &long,
        ] {
            assert!(!is_local(then), "{then}");
        }
    }
}
