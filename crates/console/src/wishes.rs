//! What is wanted for an account, in words.

use greenlane_access::Role;
use greenlane_store::{AccountChange, AccountWish};
use greenlane_terms::Language;

use crate::roles::{actions, role};

/// What is wanted, or was done, in words.
pub(crate) fn wish_words(language: Language, wish: &AccountWish) -> String {
    match wish {
        AccountWish::Rights(change) => rights(language, change),
        AccountWish::Link => language
            .say("重置密码的一次性链接，原有登录状态结束", "one-time link for another password; sessions end")
            .to_owned(),
        AccountWish::Unbind => {
            language.say("解除统一身份认证绑定", "unbound from the identity provider").to_owned()
        }
        AccountWish::Token { name, scopes, days } => {
            let scopes = actions(language, scopes);
            let (days_zh, days_en) = (format!("{days}天"), format!("{days} days"));
            match language {
                Language::Zh => format!("令牌“{name}”：{scopes}；{days_zh}"),
                Language::En => format!("token “{name}”: {scopes}; {days_en}"),
            }
        }
    }
}

fn rights(language: Language, change: &AccountChange) -> String {
    let AccountChange { name, roles, offices, enterprise, disabled } = change;
    let role_names = |names: &Vec<String>| {
        let words =
            names.iter().map(|name| Role::of_name(name).map_or(name.as_str(), |one| role(language, one)));
        words.collect::<Vec<_>>().join(language.say("、", ", "))
    };
    let said = |zh: &'static str, en: &'static str, value: String| match language {
        Language::Zh => format!("{zh}：{}", if value.is_empty() { "无" } else { &value }),
        Language::En => format!("{en}: {}", if value.is_empty() { "none" } else { &value }),
    };
    let parts = [
        name.clone().map(|name| said("姓名", "name", name)),
        roles.as_ref().map(|names| said("角色", "roles", role_names(names))),
        offices.as_ref().map(|offices| said("关区", "offices", offices.join(" "))),
        enterprise.as_ref().map(|ids| said("代表企业", "speaks for", ids.join(" "))),
        disabled.map(|off| {
            if off { language.say("停用", "disabled") } else { language.say("启用", "enabled") }.to_owned()
        }),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(language.say("；", "; "))
}
