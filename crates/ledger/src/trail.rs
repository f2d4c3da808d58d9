//! What the trail says (entries of kind audit): who did what, and what was refused. Written and read by the same types.

use std::fmt;

use greenlane_terms::Words;
use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize, Serializer};

use crate::entry::written;

/// What accounts do, one table for the log and for people.
macro_rules! deeds {
    ($($deed:ident $name:literal, $en:literal, $zh:literal;)+) => {
        /// Something that an account did, or somebody on the server itself.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Deed { $(#[doc = $en] $deed,)+ }

        impl Deed {
            /// All of them.
            pub const ALL: &[Deed] = &[$(Deed::$deed),+];

            /// As the log has it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Deed::$deed => $name,)+ }
            }

            /// As people read it, after the name of whoever did it.
            #[must_use]
            pub const fn words(self) -> Words {
                match self { $(Deed::$deed => Words { zh: $zh, en: $en },)+ }
            }
        }
    };
}

deeds! {
    SignIn "sign_in", "signed in", "登录";
    SignOut "sign_out", "signed out", "退出";
    AcceptInvitation "accept_invitation", "took up an invitation", "接受邀请";
    ConfirmClock "confirm_clock", "confirmed the clock", "确认时钟";
    ChangePassword "change_password", "changed the password", "更改密码";
    CreateAccount "create_account", "made an account", "建立账户";
    ChangeAccount "change_account", "changed an account", "变更账户";
    Invite "invite", "invited", "发出邀请链接";
    AskAccount "ask_account", "asked for a change of an account", "提出账户变更";
    ApproveAccount "approve_account", "approved a change of an account", "批准账户变更";
    RejectAccount "reject_account", "rejected a change of an account", "驳回账户变更";
    ReadNotices "read_notices", "read what was done to the account", "阅知账户变动";
    LoneAdministrator "lone_administrator", "declared whether one administrator is enough", "设定单人管理";
    EndLoneAdministrator "end_lone_administrator", "ended the time of the lone administrator", "单人管理结束";
    BindOpenid "bind_openid", "bound a login of the office", "绑定统一身份";
    UnbindOpenid "unbind_openid", "unbound a login of the office", "解除统一身份";
    CreateToken "create_token", "made a token", "建立令牌";
    RevokeToken "revoke_token", "revoked a token", "作废令牌";
    CreateWebhook "create_webhook", "made a webhook", "建立推送";
    ResumeWebhook "resume_webhook", "resumed a webhook", "恢复推送";
    PauseWebhook "pause_webhook", "paused a webhook", "暂停推送";
    SetWebhookBack "set_webhook_back", "set a webhook back in the log", "从较早的记录重新推送";
    RotateWebhook "rotate_webhook", "changed the secret of a webhook", "更换推送密钥";
    RemoveWebhook "remove_webhook", "removed a webhook", "删除推送";
}

impl Deed {
    /// The deed of that name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Deed> {
        Deed::ALL.iter().copied().find(|deed| deed.name() == name)
    }
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Deed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Deed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Deed, D::Error> {
        let name = String::deserialize(deserializer)?;
        Deed::of_name(&name).ok_or_else(|| D::Error::custom(format!("`{name}` is no deed")))
    }
}

/// Something that was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// What.
    pub did: Deed,
    /// With what.
    pub about: String,
    /// The clock, where somebody answers for it.
    #[serde(flatten)]
    pub confirmed: Option<ClockConfirmed>,
}

/// The clock that somebody answers for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockConfirmed {
    /// Who.
    pub person: String,
    /// What the clock said, in UTC.
    pub clock: Option<String>,
    /// Time of the last entry before, in UTC.
    pub last_entry: Option<String>,
}

/// Something that was refused, once or so many times.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Method and path.
    pub refused: String,
    /// Kind of the problem, as the interface names it.
    pub problem: String,
    /// Why.
    pub why: String,
    /// Where the call came from.
    pub from: String,
    /// How often the same was refused.
    pub times: u64,
    /// Since when, in microseconds since 1970, where refusals of one kind are only counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since_us: Option<i64>,
    /// Some of those that are only counted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub samples: Vec<Sample>,
}

/// One of many refusals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// Method and path.
    pub refused: String,
    /// Why.
    pub why: String,
    /// Where the call came from.
    pub from: String,
}

/// The body of an entry of the trail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum TrailBody {
    /// Something was done.
    Done(Done),
    /// Something was refused.
    Refused(Refused),
}

impl TrailBody {
    /// What an account did.
    #[must_use]
    pub fn done(did: Deed, about: &str) -> TrailBody {
        TrailBody::Done(Done { did, about: about.to_owned(), confirmed: None })
    }

    /// Reads the body of an entry.
    ///
    /// # Errors
    /// It is none.
    pub fn read(body: &[u8]) -> Result<TrailBody, serde_json::Error> {
        let value: serde_json::Value = serde_json::from_slice(body)?;
        match value.get("did") {
            Some(_) => {
                let done: Done = serde_json::from_value(value)?;
                // An optional part that is flattened is left out when it cannot be read.
                match done.did == Deed::ConfirmClock && done.confirmed.is_none() {
                    true => Err(serde_json::Error::custom("nobody answers for the clock")),
                    false => Ok(TrailBody::Done(done)),
                }
            }
            None => serde_json::from_value(value).map(TrailBody::Refused),
        }
    }

    /// As it stands in the log.
    #[must_use]
    pub fn written(&self) -> Vec<u8> {
        written(self)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn what_is_written_is_read_again_in_the_words_of_earlier_versions() {
        let said = |body: &TrailBody| String::from_utf8(body.written()).unwrap();
        let done = TrailBody::done(Deed::SignIn, "account:7");
        assert_eq!(said(&done), r#"{"did":"sign_in","about":"account:7"}"#);
        let clock = ClockConfirmed {
            person: "Li".into(),
            clock: Some("2024-02-29T00:00:00Z".into()),
            last_entry: None,
        };
        let clock =
            TrailBody::Done(Done { did: Deed::ConfirmClock, about: "clock".into(), confirmed: Some(clock) });
        assert_eq!(
            said(&clock),
            r#"{"did":"confirm_clock","about":"clock","person":"Li","clock":"2024-02-29T00:00:00Z","last_entry":null}"#
        );
        let sample = Sample { refused: "GET /".into(), why: "no".into(), from: "::1".into() };
        let once = Refused {
            refused: "GET /".into(),
            problem: "forbidden".into(),
            why: "no".into(),
            from: "::1".into(),
            times: 1,
            since_us: None,
            samples: Vec::new(),
        };
        let many = Refused { times: 9, since_us: Some(5), samples: vec![sample], ..once.clone() };
        let once = TrailBody::Refused(once);
        assert_eq!(
            said(&once),
            r#"{"refused":"GET /","problem":"forbidden","why":"no","from":"::1","times":1}"#
        );
        for body in [done, clock, once, TrailBody::Refused(many)] {
            assert_eq!(TrailBody::read(&body.written()).unwrap(), body);
        }
        let no_clock = r#"{"did":"confirm_clock","about":"clock","clock":null,"last_entry":null}"#;
        for bad in [no_clock, r#"{"did":"sign_up","about":"x"}"#, r#"{"did":"sign_in"}"#, "{}", "sign_in"] {
            assert!(TrailBody::read(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn each_deed_has_a_name_of_its_own() {
        let names: BTreeSet<&str> = Deed::ALL.iter().map(|deed| deed.name()).collect();
        assert_eq!(names.len(), Deed::ALL.len());
        assert!(Deed::ALL.iter().all(|deed| Deed::of_name(deed.name()) == Some(*deed)));
    }
}
