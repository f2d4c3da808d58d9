//! A draw with a button that makes it again in the reader's browser, from the revealed key and nothing that this page says.

use greenlane_selection::Algorithm;
use greenlane_store::StageRecord;
use greenlane_terms::{Language, Stage};
use maud::{Markup, html};

use super::logged_decision::LoggedDecision;

/// What the button needs, and the command that does the same without a browser; nothing if nothing was drawn.
pub(super) fn verify(language: Language, seen: &LoggedDecision, of: Stage, stage: &StageRecord) -> Markup {
    let Some((draw, selected)) = stage.draw else { return html! {} };
    let pack = &seen.law.engine.pack;
    let epoch = seen.epoch();
    let (u, rate) = (draw.to_hex(), stage.rate.to_string());
    let is_sm3 = seen.record.algorithm == Algorithm::HmacSm3;
    let matter = &seen.entry.subject;
    let command = format!(
        "greenlane draw verify --epoch {epoch} --key … --basis {} --stage {} --matter '{matter}' --rate {rate} --u {u} --selected {selected}{}",
        pack.hash,
        of.name(),
        if is_sm3 { " --sm3" } else { "" },
    );
    html! {
        div."mb-3" data-draw=(u) data-epoch=(epoch) data-basis=(pack.hash) data-stage=(of.name()) data-matter=(matter) data-rate=(rate)
            data-selected=(selected) data-sm3=[is_sm3.then_some("sm3")]
            data-say-secret=(language.say("当日密钥尚未公布；抽取之前已公布其承诺值", "The key of that day is not revealed yet; its commitment was published before"))
            data-say-none=(language.say("当日没有公布承诺值，无法核验。", "No commitment was published for that day: the draw cannot be verified."))
            data-say-commitment=(language.say("密钥与事先公布的承诺值一致", "the key is the one that was committed to before"))
            data-say-draw=(language.say("重新计算的抽取数", "the draw, made again"))
            data-say-outcome=(language.say("抽取数与比率比较的结果", "the draw against the rate"))
            data-say-selected=(language.say("抽中", "selected"))
            data-say-not-selected=(language.say("未抽中", "not selected"))
            data-say-sm3=(language.say("浏览器不能计算 SM3，请用下面的命令核验。", "Browsers cannot compute SM3: use the command below.")) {
            button.btn."btn-sm" type="button" data-verify { (language.say("核验抽取", "Verify the draw")) }
            div role="status" { ul."list-unstyled"."mt-2"."mb-1" {} }
            details { summary { (language.say("自行核验的命令", "Verify it yourself")) } code { (command) } }
        }
    }
}
