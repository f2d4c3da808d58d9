//! `greenlane serve`.

use greenlane_configuration as configuration;
use greenlane_observe::watch;
use greenlane_server::{InForce, Options, Running, start};
use greenlane_terms::Clock;
use serde_json::json;

use crate::arguments::Serve;
use crate::common::Common;
use crate::exit::Exit;

pub fn run(common: &Common, arguments: &Serve) -> anyhow::Result<Exit> {
    let configuration = configuration::read(&arguments.settings.given(common))?;
    let common = &Common { pack: configuration.pack.clone(), ..common.clone() };
    // A pack with problems is shown with all of them, as `pack check` does.
    common.law(None)?;
    let options = Options { configuration, pack: common.files()?, clock: Clock::of_the_machine() };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let served = runtime.block_on(async {
        let watch = watch(&options.configuration)?;
        let served = serve(common, options).await;
        tokio::task::spawn_blocking(|| watch.end()).await?;
        served
    });
    // An error is shown by the caller, after the last line of the log of operation.
    served
}

async fn serve(common: &Common, options: Options) -> anyhow::Result<Exit> {
    let running = start(options).await?;
    let language = common.language;
    if common.json {
        common.print_json(&json!({
            "address": running.address.to_string(), "scheme": running.scheme(), "log_key": running.log_key,
            "verifier_key": running.verifier_key,
            "first_login": running.first_login, "first_login_unused": running.first_login_unused,
            "pack": running.in_force.number, "pack_hash": running.in_force.hash, "pack_is_given": running.in_force.is_given,
        }))?;
    } else {
        println!("{} {}://{}", language.say("监听", "listening on"), running.scheme(), running.address);
        println!("{} {}", language.say("日志公钥", "log key"), running.log_key);
        println!(
            "{} {}",
            language.say("日志核验公钥（供见证方使用）", "verifier key of the log (for witnesses)"),
            running.verifier_key
        );
        if let Some(path) = &running.first_login {
            let say = language.say(
                "首次登录（管理员 admin，链接只能用一次）",
                "first login (administrator `admin`; the link works once)",
            );
            println!("{say} {}://{}{path}", running.scheme(), running.address);
        } else if running.first_login_unused {
            let say = language.say(
                "管理员 admin 尚未登录过；新的一次性链接：greenlane account link admin",
                "nobody has signed in as administrator `admin` yet; for a new one-time link: greenlane account link admin",
            );
            println!("{say}");
        }
        let InForce { number, hash, .. } = &running.in_force;
        println!("{} {number} ({hash})", language.say("生效规则包", "pack in force"));
    }
    if !running.in_force.is_given {
        eprintln!(
            "{}",
            language.say(
                "注意：数据库中生效的规则包不是启动时给出的规则包；按数据库中的规则包决定。要更换，请用 POST /v1/packs 上传并由另一人批准",
                "note: the pack in force in the database is not the one this server was started with; the database's \
                 pack decides. To change it, upload the other one (POST /v1/packs) and have a second person approve it"
            )
        );
    }
    asked_to_stop(&running).await?;
    running.stop().await;
    Ok(Exit::Done)
}

/// Waits for Ctrl-C or the signal by which services are stopped; meanwhile reads the certificate again when told to.
async fn asked_to_stop(running: &Running) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        let mut reload = signal(SignalKind::hangup())?;
        loop {
            tokio::select! {
                interrupted = tokio::signal::ctrl_c() => return interrupted,
                _ = terminate.recv() => return Ok(()),
                _ = reload.recv() => running.reload(),
            }
        }
    }
    #[cfg(not(unix))]
    {
        let _ = running;
        tokio::signal::ctrl_c().await
    }
}
