//! The page behind a one-time link: whoever has it chooses a password, and is signed in.

use axum::response::Response;
use maud::html;

use super::page::{Here, open_page};
use super::reader::Visitor;

/// `GET /welcome`. The secret stands behind `#` in the link: browsers keep it to themselves, and the script sends it with the
/// password.
pub(super) async fn page(visitor: Visitor) -> Response {
    let language = visitor.language;
    let content = html! {
        div.card."narrow" {
            form."card-body" data-welcome {
                p { (language.say("此链接只能使用一次。密码至少 12 个字符。", "This link works once. A password has at least 12 characters.")) }
                label."form-label" for="password" { (language.say("密码", "Password")) }
                input."form-control"."mb-3" id="password" name="password" type="password" autocomplete="new-password"
                    minlength="12" maxlength="256" required autofocus;
                label."form-label" for="code" { (language.say("确认码（如管理员告知了确认码）", "Code (if an administrator told you one)")) }
                input."form-control"."mb-3" id="code" name="code" autocomplete="off" spellcheck="false" maxlength="40" translate="no";
                button.btn."btn-primary"."w-100" type="submit" { (language.say("保存并登录", "Save and sign in")) }
                p."mt-3"."mb-0" role="status"
                    data-say-refused=(language.say("链接已失效、缺少确认码，或者密码不符合要求（至少 12 个字符，不能是常见密码）。", "The link is used up, the code is missing or wrong, or the password will not do: at least 12 characters, none that everybody uses.")) {}
            }
        }
    };
    open_page(&visitor, Here::Nowhere, language.say("设置密码", "Choose a password"), &content)
}
