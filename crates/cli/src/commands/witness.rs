//! `greenlane witness`: a service that others run, and its key.

use greenlane_configuration as configuration;
use greenlane_configuration::Given;
use greenlane_observe::watch;
use greenlane_server::{WitnessOptions, new_witness_key, start_witness};
use greenlane_terms::Clock;
use greenlane_witness::{KeyKind, VerifierKey};
use serde_json::json;

use crate::arguments::{Witness, WitnessCommand, WitnessServe};
use crate::common::Common;
use crate::exit::{Exit, Usage};

pub fn run(common: &Common, arguments: &Witness) -> anyhow::Result<Exit> {
    match &arguments.command {
        WitnessCommand::NewKey { name, file } => {
            let key = new_witness_key(name, file)?;
            match common.json {
                true => common.print_json(&json!({ "key": key.to_string() }))?,
                false => println!("{key}"),
            }
            Ok(Exit::Done)
        }
        WitnessCommand::Serve(arguments) => {
            let logs = arguments.logs.iter().map(|log| verifier_key(log, KeyKind::Log, "--log"));
            let options = options(arguments, logs.collect::<anyhow::Result<_>>()?);
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            runtime.block_on(async {
                let watch = watch(&configuration::read(&Given::default())?)?;
                let served = serve(common, options).await;
                tokio::task::spawn_blocking(|| watch.end()).await?;
                served
            })
        }
    }
}

/// A verifier key of the command line.
pub fn verifier_key(text: &str, kind: KeyKind, argument: &str) -> anyhow::Result<VerifierKey> {
    let of = match kind {
        KeyKind::Log => "a log (kind 01)",
        KeyKind::Witness => "a witness (kind 04)",
    };
    let usage = || Usage(format!("{argument} `{text}`: expected the verifier key NAME+HASH+BASE64 of {of}"));
    let key: Option<VerifierKey> = text.trim().parse().ok();
    key.filter(|key| key.kind() == kind).ok_or_else(|| usage().into())
}

fn options(arguments: &WitnessServe, logs: Vec<VerifierKey>) -> WitnessOptions {
    WitnessOptions {
        listen: arguments.listen,
        key_file: arguments.key_file.clone(),
        state: arguments.state.clone(),
        logs,
        tls: arguments.tls_certificate.clone().zip(arguments.tls_key.clone()),
        clock: Clock::of_the_machine(),
    }
}

async fn serve(common: &Common, options: WitnessOptions) -> anyhow::Result<Exit> {
    let running = start_witness(options).await?;
    let scheme = if running.is_tls { "https" } else { "http" };
    let (address, key) = (running.address.to_string(), running.key.to_string());
    if common.json {
        common.print_json(&json!({ "address": address, "scheme": scheme, "key": key }))?;
    } else {
        println!("{} {scheme}://{address}", common.language.say("监听", "listening on"));
        println!("{} {key}", common.language.say("见证方公钥", "witness key"));
    }
    asked_to_stop().await?;
    running.stop().await;
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
    {
        tokio::signal::ctrl_c().await
    }
}
