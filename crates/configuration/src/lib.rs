//! How a server is configured: one table of keys, read from defaults, a file, the environment and flags.
//!
//! A key is written `key_file = "…"` in the file, `GREENLANE_KEY_FILE=…` in the environment and `--key-file …` as a
//! flag; each wins over the one before it.

mod address;
pub mod callee;
mod origin;
mod problem;
mod read;
mod setting;
mod witnesses;

pub use address::{Issuer, PublicUrl, Visible};
pub use origin::Origin;
pub use problem::{ConfigurationProblem, ConfigurationProblems};
pub use read::{Effective, Given, effective, file_in_use, read};
pub use setting::{
    ClockAhead, DatabaseUrl, DrawsTold, HttpUrl, LogFormat, LogLevel, RevealAfter, Setting, Waits, Written,
};

pub use witnesses::{WitnessAddress, WitnessList};

use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;

use greenlane_witness::Origin as LogOrigin;

/// The file that is read when none is named and it is there.
pub const FILE: &str = "greenlane.toml";

/// The variable that names the file.
pub const FILE_VARIABLE: &str = "GREENLANE_CONFIG";

/// One key of the configuration.
#[derive(Debug)]
pub struct Key {
    /// As in the file.
    pub name: &'static str,
    /// What stands for its value in `--help`.
    pub value: &'static str,
    /// Its value when nobody says another; `None` for a key that may stay unset.
    pub default: Option<&'static str>,
    /// What a value must be.
    pub expected: &'static str,
    /// How it is written in the file.
    pub written: Written,
    /// What it is for, in Chinese.
    pub zh: &'static str,
    /// What it is for, in English.
    pub en: &'static str,
}

impl Key {
    /// The variable of the environment.
    #[must_use]
    pub fn variable(&self) -> String {
        format!("GREENLANE_{}", self.name.to_uppercase())
    }

    /// The flag, without its dashes.
    #[must_use]
    pub fn flag(&self) -> String {
        self.name.replace('_', "-")
    }

    /// The key of that name.
    #[must_use]
    pub fn of(name: &str) -> Option<&'static Key> {
        KEYS.iter().find(|key| key.name == name)
    }
}

/// Makes the struct, the table of its keys and how it is filled, from one list.
macro_rules! configuration {
    ($($name:ident: $type:ty = $default:expr, $value:literal, $zh:literal, $en:literal;)*) => {
        /// Everything that can be configured, checked.
        #[allow(rustdoc::bare_urls, reason = "the words are those of `--help`")]
        #[derive(Clone, Debug)]
        pub struct Configuration {
            $(#[doc = $en] pub $name: $type,)*
        }

        /// Every key, in the order in which they are shown.
        pub const KEYS: &[Key] = &[$(Key {
            name: stringify!($name),
            value: $value,
            default: $default,
            expected: <$type as Setting>::EXPECTED,
            written: <$type as Setting>::WRITTEN,
            zh: $zh,
            en: $en,
        },)*];

        impl Configuration {
            /// Reads every key, so that every problem is found at once; `None` if there is one.
            fn of(texts: &mut read::Texts<'_>) -> Option<Configuration> {
                $(let $name = texts.setting::<$type>(stringify!($name));)*
                Some(Configuration { $($name: $name?,)* })
            }
        }
    };
}

configuration! {
    database: DatabaseUrl = Some("sqlite:greenlane.db"), "URL",
        "数据库：sqlite:文件，或者 postgres://用户@主机/库名", "Database: sqlite:FILE or postgres://USER@HOST/NAME";
    connections: NonZeroU32 = Some("8"), "N", "数据库连接数上限", "Connections to the database at most";
    key_file: PathBuf = Some("greenlane.key"), "FILE",
        "封存数据库中机密的密钥文件（没有则生成），须与备份分开保存",
        "File with the key that seals the secrets in the database (made if missing): keep it apart from backups";
    pack: Option<PathBuf> = None, "DIR", "规则包文件夹（默认：内置规则包）",
        "Folder of the pack (default: the built-in one)";
    standards: Option<PathBuf> = None, "FILE", "《企业绩效评价标准值》CSV 文件：按申请人所属行业给出优秀值（免除税款担保，第七条）",
        "CSV of standard values: gives the excellent values of an applicant's industry (article 7)";
    listen: SocketAddr = Some("127.0.0.1:8036"), "ADDRESS", "监听地址", "Address to listen on";
    threads: Option<NonZeroUsize> = None, "N", "作出决定的线程数（默认：每核一个）",
        "Threads that decide (default: one a core)";
    reveal_after: RevealAfter = Some("7"), "DAYS", "当日抽取密钥在几天后公布",
        "Days after which the key of a day's draws is revealed";
    clock_ahead_hours: ClockAhead = Some("25"), "HOURS", "时钟领先最后一条日志超过几小时即停止写入，待运维人员确认时钟（至少 25）",
        "Hours by which the clock may be ahead of the last entry of the log, 25 at least: beyond that nothing is kept until an operator has confirmed it";
    draws_told: DrawsTold = Some("claimed"), "WHEN", "何时告知企业抽取结果：claimed（任务被领取或者当日密钥公布后）、at_once（随决定告知）",
        "When enterprises learn what was drawn: claimed (once the task is claimed or the key of the day is revealed) or at_once";
    log_level: LogLevel = Some("info"), "LEVEL", "运行日志的级别：error、warn、info、debug、trace",
        "What goes into the log of operation: error, warn, info, debug or trace";
    log_format: LogFormat = Some("text"), "FORMAT", "运行日志的格式：text 或者 json",
        "How the log of operation is written: text, or json for one object a line";
    otlp_endpoint: Option<HttpUrl> = None, "URL", "接收追踪数据的 OpenTelemetry 采集器地址（OTLP/HTTP）；不设则不发送",
        "Collector of OpenTelemetry that gets traces (OTLP/HTTP), such as http://127.0.0.1:4318; unset: none are sent";
    tls_certificate: Option<PathBuf> = None, "FILE", "TLS 证书（PEM，含证书链），与 tls_key 同时设置",
        "Certificate for TLS in PEM, its chain after it; together with tls_key";
    tls_key: Option<PathBuf> = None, "FILE", "TLS 证书的私钥（PEM）", "Private key of the certificate in PEM";
    body_limit: NonZeroUsize = Some("16777216"), "BYTES", "请求正文的最大字节数", "Largest body of a request";
    header_seconds: NonZeroU32 = Some("10"), "SECONDS", "请求头或者 TLS 握手的时限（秒）",
        "Time for the head of a request, and for a TLS handshake";
    body_seconds: NonZeroU32 = Some("30"), "SECONDS", "请求正文的时限（秒），每 16 KiB 另加一秒",
        "Time for the body of a request; every 16 KiB buy another second";
    answer_seconds: NonZeroU32 = Some("30"), "SECONDS", "正文收到后作出答复的时限（秒）",
        "Time for the answer once the body is there";
    connection_limit: NonZeroUsize = Some("1024"), "N", "同时打开的客户连接数上限", "Connections of callers at a time";
    address_connections: NonZeroUsize = Some("512"), "N", "同一地址同时打开的客户连接数上限",
        "Connections of one address at a time; as many as connection_limit behind a proxy";
    rate_limit: NonZeroU32 = Some("100"), "N", "每个账户每秒请求数（海关自有系统除外）",
        "Requests per second per account, customs' own machines excepted";
    rate_burst: NonZeroU32 = Some("1000"), "N", "每个账户可一次连续发出的请求数",
        "Requests that an account may make at once before its rate holds";
    machine_rate_limit: Option<NonZeroU32> = None, "N", "海关自有系统每个账户每秒请求数；不设则只受 calls_at_once 限制",
        "Requests per second per account of customs' own machines; unset: only calls_at_once holds";
    stranger_rate_limit: NonZeroU32 = Some("100"), "N", "未登录者每个地址每秒请求数（可一次连续发出其十倍）",
        "Requests per second per address without an account; ten times as many at once";
    calls_at_once: NonZeroUsize = Some("128"), "N", "每个账户（未登录者每个地址）同时进行的请求数",
        "Requests under way per account, or per address without an account";
    dry_run_limit: NonZeroUsize = Some("2000"), "N", "一次试算的事项数上限", "Matters of one dry run";
    dry_run_rate: NonZeroU32 = Some("500"), "N", "每个账户（未登录者每个地址）每秒试算的事项数",
        "Matters per second that an account, or an address without one, may try";
    streams_each: NonZeroUsize = Some("8"), "N", "每个账户同时打开的事件流数", "Streams of events open at once per account";
    stream_limit: NonZeroUsize = Some("256"), "N", "同时打开的事件流总数（不超过连接数上限的一半）",
        "Streams of events open at once, of all accounts; never more than half of connection_limit";
    pack_checks: NonZeroUsize = Some("2"), "N", "同时检查的规则包数（每个账户一个）",
        "Packs that are checked at once, one per account";
    stop_seconds: NonZeroU32 = Some("30"), "SECONDS", "停止时等待连接结束的时限（秒）",
        "Time for connections to end when the server stops";
    public_url: Option<PublicUrl> = None, "URL", "浏览器访问本服务所用的地址",
        "Where browsers reach this server, such as https://greenlane.customs.example";
    oidc_issuer: Option<Issuer> = None, "URL", "身份提供方（OpenID Connect）的签发者地址，与 oidc_client、public_url 同时设置",
        "Identity provider with which people sign in (OpenID Connect): its issuer; together with oidc_client and public_url";
    oidc_client: Option<Visible> = None, "ID", "本服务在身份提供方登记的客户端标识",
        "Identifier under which the identity provider knows this server";
    oidc_secret_file: Option<PathBuf> = None, "FILE", "存放客户端机密的文件；公开客户端没有机密，不设",
        "File with the secret of the client; unset for a public client, which has none";
    oidc_claim: Visible = Some("preferred_username"), "NAME", "身份提供方的哪个声明是账户的登录名",
        "Claim of the identity provider that holds the login of the account";
    webhook_retries: Waits = Some("5s,5m,30m,2h,5h,10h"), "TIMES",
        "推送失败后各次重试前的等待时间（此后作为死信保留）",
        "Waits before a failed webhook delivery is tried again; after the last one it becomes a dead letter";
    deliver_webhooks: bool = Some("true"), "BOOL", "是否推送；由备份恢复的副本应设为 false，以免重复推送给真实接收方",
        "Whether webhooks are delivered: false for a copy of a database, whose receivers are the real ones";
    log_origin: Option<LogOrigin> = None, "NAME", "日志在检查点中的名称（默认取自日志公钥）；见证方按此识别日志，不可更改",
        "Name of the log in its checkpoints, by which witnesses know it (default: made from the log's key); never change it";
    witnesses: Option<WitnessList> = None, "LIST", "为日志联署的见证方：“地址 公钥”，以逗号分隔；不设则无见证",
        "Witnesses that cosign the log: `URL KEY, URL KEY`; unset: there are none";
    witness_quorum: Option<NonZeroUsize> = None, "N", "须有几个见证方联署（默认：过半数）",
        "Witnesses that must have cosigned (default: more than half)";
    witness_minutes: NonZeroU32 = Some("10"), "MINUTES", "法定数量的见证方逾期未联署多少分钟后告警",
        "Minutes without a quorum's cosignature after which the server warns";
    despite_witnesses: bool = Some("false"), "BOOL", "即使见证方证明日志曾被回退或者改写，仍继续服务（须由运维人员明确设定）",
        "Serve even though a witness proves that the log was rolled back or rewritten: only for an operator who knows why";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_a_value_of_its_key() {
        let read = read(&Given::default()).unwrap();
        assert_eq!(read.listen.to_string(), "127.0.0.1:8036");
        assert_eq!(read.threads, None);
    }

    #[test]
    fn a_key_has_one_name_in_three_spellings() {
        let key = Key::of("key_file").unwrap();
        assert_eq!((key.variable().as_str(), key.flag().as_str()), ("GREENLANE_KEY_FILE", "key-file"));
    }
}
