//! Third-party files of the pages, as their makers publish them: taken from npm by `web/package-lock.json` when this
//! crate is built, and embedded. Which ones is said in `build.rs`.

/// A file that pages load.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    /// Last part of its path, such as `swagger-ui.css`.
    pub name: &'static str,
    /// Its media type.
    pub content_type: &'static str,
    /// Entity tag with its quotes: begins the SHA-256 of the bytes in hexadecimal digits.
    pub etag: &'static str,
    /// The file.
    pub bytes: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

impl Asset {
    /// The file of that name.
    #[must_use]
    pub fn of(name: &str) -> Option<&'static Asset> {
        ASSETS.iter().find(|asset| asset.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_asset_is_there_whole_and_has_a_tag_of_its_own() {
        let mut tags: Vec<&str> = ASSETS.iter().map(|asset| asset.etag).collect();
        tags.sort_unstable();
        tags.dedup();
        assert_eq!(tags.len(), ASSETS.len());
        let script = Asset::of("swagger-ui-bundle.js").unwrap();
        assert!(script.bytes.len() > 1_000_000 && script.content_type.starts_with("text/javascript"));
        assert!(Asset::of("nothing.js").is_none());
    }
}
