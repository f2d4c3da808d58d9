//! A real browser, driven over WebDriver: chromedriver and Chromium as Debian has them.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)]

use std::future::Future;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use thirtyfour::prelude::*;
use thirtyfour::{ChromiumLikeCapabilities, DesiredCapabilities};

/// How long an element may take to appear.
const PATIENCE: Duration = Duration::from_secs(20);

/// Presses of Tab with which everything on a page has to be reached.
const MOST_TABS: usize = 60;

/// A desk and a phone: width, height, and what their pictures are called.
pub const DESK: (u32, u32, &str) = (1280, 800, "desk");
pub const PHONE: (u32, u32, &str) = (390, 844, "phone");

/// chromedriver; it ends on drop, and its browsers with it.
struct Driver {
    process: Child,
    port: u16,
}

impl Driver {
    /// A port that it found free may be taken when it listens: then it ends, and another one looks for another port.
    fn start(language: &str) -> Driver {
        (0..10).find_map(|_| Driver::start_once(language)).expect("chromedriver says its port")
    }

    fn start_once(language: &str) -> Option<Driver> {
        let mut process = Command::new("chromedriver")
            .args(["--port=0"])
            // What the browser itself says, such as on a button for files.
            .env("LANGUAGE", language)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = lines.map_while(Result::ok).find_map(|line| {
            let (_, port) = line.split_once("successfully on port ")?;
            port.trim_end_matches('.').parse().ok()
        });
        let mut driver = Driver { process, port: 0 };
        driver.port = port?;
        Some(driver)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Whether there is a browser; says so if not.
pub fn is_there() -> bool {
    let path = std::env::var_os("PATH").unwrap();
    let has = |name: &str| std::env::split_paths(&path).any(|folder| folder.join(name).exists());
    let there = has("chromium") && has("chromedriver");
    if !there {
        println!("skipped: no chromium, or no chromedriver");
    }
    there
}

/// Somebody at a browser.
pub struct Browser {
    driver: WebDriver,
    base: String,
    language: String,
}

/// Has somebody at a browser whose pages are in a language (`zh-CN`, `en`) do something.
pub fn at_browser<F>(base: &str, language: &str, does: impl FnOnce(Browser) -> F)
where
    F: Future<Output = anyhow::Result<()>>,
{
    // The client of WebDriver makes ready for TLS, though it uses none.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let driver = Driver::start(&language.replace('-', "_"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut chrome = DesiredCapabilities::chrome();
        for argument in [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
            "--force-prefers-reduced-motion",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            &format!("--accept-lang={language}"),
            &format!("--lang={language}"),
        ] {
            chrome.add_arg(argument).unwrap();
        }
        let driver_url = format!("http://127.0.0.1:{}", driver.port);
        let session = WebDriver::new(&driver_url, chrome).await.unwrap();
        let outcome =
            does(Browser { driver: session.clone(), base: base.to_owned(), language: language.to_owned() })
                .await;
        let page = session.source().await.unwrap_or_default();
        let kept = pages().join("failed.html");
        session.quit().await.unwrap();
        if let Err(error) = outcome {
            std::fs::write(&kept, page).unwrap();
            panic!("{error:#}; the page is {}", kept.display());
        }
    });
}

impl Browser {
    /// Opens a path of the server.
    pub async fn open(&self, path: &str) -> anyhow::Result<()> {
        Ok(self.driver.goto(format!("{}{path}", self.base)).await?)
    }

    /// Opens a whole address.
    pub async fn go(&self, address: &str) -> anyhow::Result<()> {
        Ok(self.driver.goto(address).await?)
    }

    /// The first element of a selector, as soon as it is there.
    pub async fn see(&self, selector: &str) -> anyhow::Result<WebElement> {
        let found =
            self.driver.query(By::Css(selector)).wait(PATIENCE, Duration::from_millis(50)).first().await;
        found.with_context(|| format!("`{selector}` is not on the page"))
    }

    /// Its text.
    pub async fn text(&self, selector: &str) -> anyhow::Result<String> {
        Ok(self.see(selector).await?.text().await?)
    }

    /// Waits until an element says something.
    pub async fn until(&self, selector: &str, words: &str) -> anyhow::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let said = self.text(selector).await.unwrap_or_default();
            if said.contains(words) {
                return Ok(());
            }
            ensure!(Instant::now() < deadline, "`{selector}` says {said:?}, not {words:?}");
        }
    }

    pub async fn click(&self, selector: &str) -> anyhow::Result<()> {
        Ok(self.see(selector).await?.click().await?)
    }

    /// Clicks on what leads to another page, and waits for that page.
    pub async fn follow(&self, selector: &str) -> anyhow::Result<()> {
        self.run("document.documentElement.dataset.left = ''").await?;
        self.click(selector).await?;
        self.see("html:not([data-left]) main").await?;
        Ok(())
    }

    pub async fn type_into(&self, selector: &str, text: &str) -> anyhow::Result<()> {
        Ok(self.see(selector).await?.send_keys(text).await?)
    }

    /// Chooses an entry of a list.
    pub async fn choose(&self, selector: &str, value: &str) -> anyhow::Result<()> {
        self.click(&format!("{selector} option[value='{value}']")).await
    }

    /// The path where the browser is.
    pub async fn path(&self) -> anyhow::Result<String> {
        Ok(self.driver.current_url().await?.path().to_owned())
    }

    /// Whether an element is on the page now.
    pub async fn is_there(&self, selector: &str) -> anyhow::Result<bool> {
        Ok(!self.driver.find_all(By::Css(selector)).await?.is_empty())
    }

    /// Presses keys, as somebody without a mouse does.
    pub async fn press(&self, keys: impl Into<TypingData>) -> anyhow::Result<()> {
        Ok(self.driver.action_chain().send_keys(keys).perform().await?)
    }

    /// Waits until an element has the focus by itself: keys that are pressed before go nowhere.
    pub async fn has_focus(&self, selector: &str) -> anyhow::Result<()> {
        let has_focus =
            format!("return document.hasFocus() && document.activeElement.matches({selector:?});");
        let deadline = Instant::now() + PATIENCE;
        while !self.driver.execute(&has_focus, Vec::new()).await?.convert::<bool>()? {
            ensure!(Instant::now() < deadline, "`{selector}` has not got the focus");
        }
        Ok(())
    }

    /// Goes on with Tab until an element has the focus.
    pub async fn tab_to(&self, selector: &str) -> anyhow::Result<()> {
        for _ in 0..MOST_TABS {
            let has_focus = format!("return document.activeElement.matches({selector:?});");
            if self.driver.execute(&has_focus, Vec::new()).await?.convert()? {
                return Ok(());
            }
            self.press(Key::Tab).await?;
        }
        anyhow::bail!("`{selector}` is not reached by Tab")
    }

    /// Presses Enter on what leads to another page, and waits for that page.
    pub async fn enter(&self) -> anyhow::Result<()> {
        self.run("document.documentElement.dataset.left = ''").await?;
        // Nobody has read a page that is younger, and Enter then counts for nothing (console.js); nor does it on nothing.
        let is_ready = "return 'readable' in document.documentElement.dataset && document.hasFocus() && document.activeElement !== document.body;";
        let deadline = Instant::now() + PATIENCE;
        while !self.driver.execute(is_ready, Vec::new()).await?.convert::<bool>()? {
            if Instant::now() >= deadline {
                let state = "return `${performance.now()} ms, window ${document.hasFocus()}, ${document.activeElement.outerHTML.slice(0, 200)}`;";
                let state: String = self.driver.execute(state, Vec::new()).await?.convert()?;
                anyhow::bail!("nothing on the page has the focus: {state}");
            }
        }
        self.press(Key::Enter).await?;
        self.see("html:not([data-left]) main").await?;
        Ok(())
    }

    /// How many elements there are now.
    pub async fn count(&self, selector: &str) -> anyhow::Result<usize> {
        Ok(self.driver.find_all(By::Css(selector)).await?.len())
    }

    /// Fills in a field for a day, however the browser writes days.
    pub async fn set_day(&self, selector: &str, day: &str) -> anyhow::Result<()> {
        self.run(&format!("document.querySelector('{selector}').value = '{day}'")).await
    }

    /// An attribute; empty if it has none.
    pub async fn attribute(&self, selector: &str, name: &str) -> anyhow::Result<String> {
        Ok(self.see(selector).await?.attr(name).await?.unwrap_or_default())
    }

    /// Path and query where the browser is.
    pub async fn address(&self) -> anyhow::Result<String> {
        let url = self.driver.current_url().await?;
        Ok(url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path())))
    }

    /// Runs a script on every page from now on, before anything of the page does.
    pub async fn run_first(&self, script: &str) -> anyhow::Result<()> {
        let source = serde_json::json!({ "source": script });
        self.driver.cdp().send_raw("Page.addScriptToEvaluateOnNewDocument", source).await?;
        Ok(())
    }

    /// What a script says of the page.
    pub async fn says(&self, script: &str) -> anyhow::Result<bool> {
        Ok(self.driver.execute(script, Vec::new()).await?.convert()?)
    }

    /// Runs a script on the page.
    pub async fn run(&self, script: &str) -> anyhow::Result<()> {
        self.driver.execute(script, Vec::new()).await?;
        Ok(())
    }

    /// An attribute of every element of a selector.
    pub async fn attributes(&self, selector: &str, name: &str) -> anyhow::Result<Vec<String>> {
        let mut found = Vec::new();
        for element in self.driver.find_all(By::Css(selector)).await? {
            found.extend(element.attr(name).await?);
        }
        Ok(found)
    }

    /// Milliseconds from asking for the page until all of it was there.
    pub async fn took_ms(&self) -> anyhow::Result<f64> {
        Ok(self.driver.execute(TOOK, Vec::new()).await?.convert()?)
    }

    /// All text of the page, as somebody sees it.
    pub async fn page(&self) -> anyhow::Result<String> {
        self.text("body").await
    }

    /// Takes a picture of the page, at a desk and on a phone, into a folder that is not committed; whoever needs a screen
    /// reader or another contrast has to get on with it, and it must be in one language.
    pub async fn picture(&self, name: &str) -> anyhow::Result<()> {
        let folder = pages();
        for (width, height, of) in [PHONE, DESK] {
            // The window has a frame, and the whole page is to be seen.
            self.driver.set_window_rect(0, 0, width, height).await?;
            let whole: u32 = self.driver.execute(WHOLE_HEIGHT, Vec::new()).await?.convert()?;
            self.driver.set_window_rect(0, 0, width, whole.clamp(height, 6_000)).await?;
            let name = format!("{name}-{}-{of}", self.language);
            let picture = self.driver.screenshot_as_png().await?;
            std::fs::write(folder.join(format!("{name}.png")), picture).unwrap();
            let found = self.barriers().await?;
            ensure!(found.is_empty(), "{name}: {found:#?}");
        }
        let took_ms = self.took_ms().await?;
        println!("{name}-{}: whole after {took_ms:.0} ms", self.language);
        let foreign = self.foreign_words().await?;
        ensure!(foreign.is_empty(), "{name} in {}: {foreign:#?}", self.language);
        Ok(())
    }

    /// Serious and critical findings of axe-core.
    async fn barriers(&self) -> anyhow::Result<Vec<String>> {
        let axe = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/axe/node_modules/axe-core/axe.min.js");
        let Ok(axe) = std::fs::read_to_string(axe) else {
            println!("skipped: no axe-core, see scripts/test");
            return Ok(Vec::new());
        };
        self.run(&axe).await?;
        let found = self.driver.execute_async(RUN_AXE, Vec::new()).await?;
        Ok(found.convert()?)
    }

    /// Texts of the page that are not in its language. What is data, code, or said to be of another language is left out.
    async fn foreign_words(&self) -> anyhow::Result<Vec<String>> {
        Ok(self.driver.execute(FOREIGN_WORDS, Vec::new()).await?.convert()?)
    }
}

/// The folder of pictures, which is not committed.
fn pages() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pages");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

const TOOK: &str = "return performance.getEntriesByType('navigation')[0].duration;";

/// How high the window has to be for the whole page.
const WHOLE_HEIGHT: &str = "return document.documentElement.scrollHeight + outerHeight - innerHeight;";

const RUN_AXE: &str = "const done = arguments[arguments.length - 1];
axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => done(violations
  .filter(({ impact }) => ['serious', 'critical'].includes(impact))
  .map(({ impact, id, nodes }) => `${impact} ${id}: ${nodes.slice(0, 5).map(({ html }) => html).join(' | ')}`)));";

const FOREIGN_WORDS: &str = r"const isEnglish = document.documentElement.lang === 'en';
const known = /\b(Greenlane|AEO|ERP|SPF|SHA|SM3|GACC)\b/g;
const foreign = (text) => isEnglish ? /[\u3000-\u9fff\uff00-\uffef]/.test(text) : /[A-Za-z]{3,}/.test(text.replace(known, ''));
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const found = document.title && foreign(document.title) ? [document.title] : [];
while (walker.nextNode()) {
  const { parentElement, data } = walker.currentNode;
  const isData = parentElement.closest('code, [translate=no], script') || parentElement.closest('[lang]') !== document.documentElement;
  if (!isData && foreign(data)) found.push(data.trim());
}
return found;";
