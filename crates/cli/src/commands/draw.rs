//! `greenlane draw new-key|commit|reveal|verify`.

use std::io::{Read, Write};
use std::path::Path;

use anyhow::{Context, bail};
use greenlane_policy::units::Rate;
use greenlane_selection::{
    Algorithm, Commitment, Draw, DrawClaim, Drawer, Epoch, EpochKey, MasterKey, OpenedEpoch,
};
use greenlane_terms::Stage;
use serde_json::json;

use crate::arguments::{Draw as Arguments, DrawCommand, Verify};
use crate::common::Common;
use crate::exit::{Exit, Usage};
use crate::print::percent;

pub fn run(common: &Common, arguments: &Arguments) -> anyhow::Result<Exit> {
    match &arguments.command {
        DrawCommand::NewKey { file } => new_key(file),
        DrawCommand::Commit { draw_key, epoch, sm3 } => {
            let (epoch, key) = epoch_key(draw_key, epoch, *sm3)?;
            let commitment = Commitment::of(epoch, &key).to_string();
            print_one(common, epoch, "commitment", &commitment)
        }
        DrawCommand::Reveal { draw_key, epoch, sm3 } => {
            let (epoch, key) = epoch_key(draw_key, epoch, *sm3)?;
            print_one(common, epoch, "key", &key.reveal_hex())
        }
        DrawCommand::Verify(claim) => verify(common, claim),
    }
}

/// The algorithm asked for.
pub fn algorithm(sm3: bool) -> Algorithm {
    if sm3 { Algorithm::HmacSm3 } else { Algorithm::HmacSha256 }
}

/// Reads a master key file: 64 hex digits.
pub fn master_key(path: &Path) -> anyhow::Result<MasterKey> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("{}: cannot be read", path.display()))?;
    MasterKey::from_hex(text.trim())
        .with_context(|| format!("{}: expected a key of 64 hex digits", path.display()))
}

fn new_key(path: &Path) -> anyhow::Result<Exit> {
    let mut bytes = [0u8; 32];
    std::fs::File::open("/dev/urandom")
        .and_then(|mut random| random.read_exact(&mut bytes))
        .context("no randomness from the operating system")?;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).with_context(|| format!("{}: cannot be created", path.display()))?;
    writeln!(file, "{hex}").with_context(|| format!("{}: cannot be written", path.display()))?;
    eprintln!("{}: keep it secret; publish only commitments", path.display());
    Ok(Exit::Done)
}

fn epoch(text: &str) -> anyhow::Result<Epoch> {
    text.parse().map_err(|_| Usage(format!("--epoch `{text}`: expected a day such as 2024-08-30")).into())
}

fn epoch_key(path: &Path, day: &str, sm3: bool) -> anyhow::Result<(Epoch, EpochKey)> {
    let epoch = epoch(day)?;
    Ok((epoch, master_key(path)?.epoch_key(algorithm(sm3), epoch)))
}

fn print_one(common: &Common, epoch: Epoch, name: &str, value: &str) -> anyhow::Result<Exit> {
    if common.json {
        common.print_json(&json!({ "epoch": epoch.to_string(), name: value }))?;
    } else {
        println!("{value}");
    }
    Ok(Exit::Done)
}

fn verify(common: &Common, claim: &Verify) -> anyhow::Result<Exit> {
    let epoch = epoch(&claim.epoch)?;
    let stage = stage(&claim.stage)?;
    let rate = Rate::parse(&claim.rate).ok_or_else(|| {
        Usage(format!("--rate `{}`: expected 0 to 1 such as 0.00244, or 0.244%", claim.rate))
    })?;
    let key = || EpochKey::from_hex(algorithm(claim.sm3), &claim.key).context("--key");
    let basis = match &claim.basis {
        Some(basis) => basis.clone(),
        None => common.law(None)?.hash,
    };
    let found = Drawer::new(&key()?, &basis, stage).draw(&claim.matter);
    let claimed = match &claim.u {
        Some(u) => u.parse::<Draw>().with_context(|| format!("--u `{u}`: expected 16 hex digits"))?,
        None => found,
    };
    let selected = claim.selected.unwrap_or_else(|| claimed.selects(rate));
    // Without a published commitment the key stands for itself.
    let commitment = match &claim.commitment {
        Some(text) => text.parse::<Commitment>().with_context(|| format!("--commitment `{text}`"))?,
        None => Commitment::of(epoch, &key()?),
    };
    let fault = match OpenedEpoch::open(epoch, &commitment, key()?) {
        Err(error) => Some(error.to_string()),
        Ok(opened) => {
            let claim =
                DrawClaim { basis: &basis, stage, matter_id: &claim.matter, rate, draw: claimed, selected };
            opened.verify_draw(&claim).err().map(|error| error.to_string())
        }
    };
    if common.json {
        common.print_json(&json!({
            "verified": fault.is_none(), "fault": fault, "u": found.to_hex(), "draw": found.to_string(),
            "rate": rate.to_string(), "selected": found.selects(rate), "commitment_checked": claim.commitment.is_some(),
        }))?;
    } else {
        print_verdict(common, claim, &found, rate, fault.as_deref());
    }
    Ok(if fault.is_none() { Exit::Done } else { Exit::No })
}

fn print_verdict(common: &Common, claim: &Verify, found: &Draw, rate: Rate, fault: Option<&str>) {
    let language = common.language;
    let outcome = if found.selects(rate) {
        language.say("抽中", "selected")
    } else {
        language.say("未抽中", "not selected")
    };
    println!(
        "{} {found} (u = {})  {} {}  → {outcome}",
        language.say("抽取", "draw"),
        found.to_hex(),
        language.say("比率", "rate"),
        percent(rate.parts())
    );
    match fault {
        Some(fault) => println!("✘ {fault}"),
        None if claim.commitment.is_some() => {
            println!("✔ {}", language.say("与承诺及声称一致", "as committed and as claimed"))
        }
        None => println!(
            "✔ {}",
            language.say(
                "计算一致（未核对承诺）",
                "the arithmetic agrees (no commitment was given to check the key)"
            )
        ),
    }
}

fn stage(name: &str) -> anyhow::Result<Stage> {
    match Stage::ALL.iter().find(|stage| stage.name() == name) {
        Some(stage) => Ok(*stage),
        None => {
            let names: Vec<&str> = Stage::ALL.iter().map(|stage| stage.name()).collect();
            bail!("--stage `{name}`: expected one of {}", names.join(", "))
        }
    }
}
