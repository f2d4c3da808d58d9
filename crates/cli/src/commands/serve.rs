//! `greenlane serve`.

use greenlane_server::{InForce, Options, configuration, start};
use serde_json::json;

use super::Common;
use crate::arguments::Serve;
use crate::exit::Exit;

pub fn run(common: &Common, arguments: &Serve) -> anyhow::Result<Exit> {
    let configuration = configuration::read(&arguments.settings.given(common))?;
    let common = &Common { pack: configuration.pack.clone(), ..common.clone() };
    // A pack with problems is shown with all of them, as `pack check` does.
    common.law(None)?;
    let options = Options { configuration, pack: common.files()? };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(common, options))
}

async fn serve(common: &Common, options: Options) -> anyhow::Result<Exit> {
    let running = start(options).await?;
    let language = common.language;
    if common.json {
        common.print_json(&json!({
            "address": running.address.to_string(), "log_key": running.log_key,
            "pack": running.in_force.number, "pack_hash": running.in_force.hash, "pack_is_given": running.in_force.is_given,
        }))?;
    } else {
        println!("{} http://{}", language.pick("监听", "listening on"), running.address);
        println!("{} {}", language.pick("日志公钥", "log key"), running.log_key);
        let InForce { number, hash, .. } = &running.in_force;
        println!("{} {number} ({hash})", language.pick("生效规则包", "pack in force"));
    }
    if !running.in_force.is_given {
        eprintln!(
            "{}",
            language.pick(
                "注意：数据库中生效的规则包不是启动时给出的规则包；按数据库中的规则包决定。要更换，请用 POST /v1/packs 上传并由另一人批准",
                "note: the pack in force in the database is not the one this server was started with; the database's \
                 pack decides. To change it, upload the other one (POST /v1/packs) and have a second person approve it"
            )
        );
    }
    asked_to_stop().await?;
    eprintln!(
        "{}",
        language.pick("正在停止：先答复已收到的请求", "stopping: calls that are there are answered first")
    );
    running.stop().await?;
    Ok(Exit::Done)
}

/// Waits for Ctrl-C or the signal by which services are stopped.
async fn asked_to_stop() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
