//! Who calls: a token or a session becomes a [`Caller`].

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use greenlane_access::{ALL_OFFICES, Action, Caller, CallerKind, Role};
use greenlane_store::{Account, SecretHash, Store, StoreError, Token};
use greenlane_terms::Office;

use super::secrets::{Secret, SecretKind};
use crate::not_done::NotDone;
use crate::problem::Problem;

/// How long what was found out about a credential counts, in microseconds. A token that is taken back through another
/// server opens nothing after this time; through this server, at once.
const FRESH_US: i64 = 1_000_000;

/// Credentials that are remembered at most.
const MOST_REMEMBERED: usize = 10_000;

/// What a caller shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential<'a> {
    /// `Authorization: Bearer …`.
    Token(&'a str),
    /// The session cookie.
    Session(&'a str),
}

/// Why a credential shows nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSignedIn {
    /// None was shown.
    #[error(
        "no token and no session: expected the header `Authorization: Bearer glt_…`, or a session cookie"
    )]
    Nothing,
    /// Nobody has it.
    #[error("this token or session is not known")]
    Unknown,
    /// It has ended.
    #[error("this token or session has expired")]
    Expired,
    /// It was taken back.
    #[error("this token has been revoked")]
    Revoked,
    /// Its account was switched off.
    #[error("this account has been disabled")]
    Disabled,
}

impl From<&NotSignedIn> for NotDone {
    fn from(why: &NotSignedIn) -> NotDone {
        NotDone::new(Problem::NotSignedIn, why.to_string())
    }
}

/// What was found out about a credential, and until when that holds.
struct Known {
    caller: Arc<Caller>,
    expires_at_us: i64,
    fresh_until_us: i64,
}

/// Finds out who calls.
#[derive(Clone)]
pub struct Callers {
    store: Store,
    known: Arc<Mutex<HashMap<SecretHash, Known>>>,
}

impl Callers {
    /// Those of a store.
    #[must_use]
    pub fn new(store: Store) -> Callers {
        Callers { store, known: Arc::default() }
    }

    /// Who shows that credential.
    pub async fn who(
        &self,
        credential: Credential<'_>,
        now_us: i64,
    ) -> Result<Result<Arc<Caller>, NotSignedIn>, StoreError> {
        let (kind, text) = match credential {
            Credential::Token(text) => (SecretKind::Token, text),
            Credential::Session(text) => (SecretKind::Session, text),
        };
        let Some(hash) = Secret::hash_of(kind, text) else { return Ok(Err(NotSignedIn::Unknown)) };
        if let Some(caller) = self.remembered(&hash, now_us) {
            return Ok(Ok(caller));
        }
        let found = match kind {
            SecretKind::Token => self.by_token(&hash, now_us).await?,
            _ => self.by_session(&hash, now_us).await?,
        };
        Ok(found.map(|(caller, expires_at_us)| {
            let caller = Arc::new(caller);
            let known = Known {
                caller: Arc::clone(&caller),
                expires_at_us,
                fresh_until_us: now_us.saturating_add(FRESH_US),
            };
            let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            if all.len() >= MOST_REMEMBERED {
                all.retain(|_, known| known.fresh_until_us > now_us);
            }
            if all.len() < MOST_REMEMBERED {
                all.insert(hash, known);
            }
            caller
        }))
    }

    /// Forgets what was found out, since something has changed.
    pub fn forget(&self) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn remembered(&self, hash: &SecretHash, now_us: i64) -> Option<Arc<Caller>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.get(hash)?;
        (now_us < found.fresh_until_us && now_us < found.expires_at_us).then(|| Arc::clone(&found.caller))
    }

    async fn by_token(&self, hash: &SecretHash, now_us: i64) -> Result<Found, StoreError> {
        let Some((token, account)) = self.store.token_of(hash).await? else {
            return Ok(Err(NotSignedIn::Unknown));
        };
        // What made it was taken back, perhaps while it was being made.
        let is_orphaned = token.parent.is_some() && self.store.is_orphaned(token.number).await?;
        Ok(if token.revoked_at_us.is_some() || is_orphaned {
            Err(NotSignedIn::Revoked)
        } else if token.expires_at_us <= now_us {
            Err(NotSignedIn::Expired)
        } else if account.disabled {
            Err(NotSignedIn::Disabled)
        } else {
            let (scopes, number) = (Some(scopes_of(&token)?), Some(token.number.get()));
            Ok((Caller { scopes, token: number, ..caller(&account)? }, token.expires_at_us))
        })
    }

    async fn by_session(&self, hash: &SecretHash, now_us: i64) -> Result<Found, StoreError> {
        let Some((account, expires_at_us)) = self.store.session(hash, now_us).await? else {
            return Ok(Err(NotSignedIn::Expired));
        };
        Ok(match account.disabled {
            true => Err(NotSignedIn::Disabled),
            false => Ok((caller(&account)?, expires_at_us)),
        })
    }
}

/// A caller and when the credential ends.
type Found = Result<(Caller, i64), NotSignedIn>;

/// What a token allows. One with a scope that cannot be read opens nothing, and says why: with the others alone it would be another
/// token than the one that was given out.
fn scopes_of(token: &Token) -> Result<BTreeSet<Action>, StoreError> {
    let one = |scope: &String| {
        let what = || format!("token {} allows `{scope}`, which is no action", token.number);
        Action::of_name(scope).ok_or_else(|| StoreError::Damaged { what: what() })
    };
    token.scopes.iter().map(one).collect()
}

/// The caller that an account is. One of which a role or an office cannot be read is none, and says why: without the role it may be
/// somebody else to the rules, and whoever serves no office may be asked about all.
fn caller(account: &Account) -> Result<Caller, StoreError> {
    let is_read = |office: &&String| *office == ALL_OFFICES || Office::parse(office).is_some();
    if let Some(other) = account.of.offices.iter().find(|office| !is_read(office)) {
        let what = format!("account {} serves `{other}`, which is no customs office", account.number);
        return Err(StoreError::Damaged { what });
    }
    let role = |role: &String| {
        let what = || format!("account {} has the role `{role}`, which is none", account.number);
        Role::of_name(role).ok_or_else(|| StoreError::Damaged { what: what() })
    };
    Ok(Caller {
        account: account.number.get(),
        login: account.of.login.clone(),
        kind: if account.of.machine { CallerKind::Machine } else { CallerKind::Person },
        roles: account.of.roles.iter().map(role).collect::<Result<_, _>>()?,
        offices: account.of.offices.iter().cloned().collect(),
        enterprise: account.of.enterprise.iter().cloned().collect(),
        scopes: None,
        token: None,
    })
}

#[cfg(test)]
mod tests {
    use greenlane_store::NewAccount;
    use greenlane_terms::numbers::{AccountNumber, TokenNumber};

    use super::*;

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    /// Whoever serves these offices.
    fn serving(offices: &[&str]) -> Result<Caller, StoreError> {
        of_account(NewAccount { offices: texts(offices), ..NewAccount::default() })
    }

    fn of_account(of: NewAccount) -> Result<Caller, StoreError> {
        caller(&Account {
            number: AccountNumber::new(3),
            of,
            password: None,
            failures: 0,
            locked_until_us: 0,
            disabled: false,
            created_at_us: 0,
        })
    }

    /// Callers of a new store who know as many credentials as they may, each until an instant.
    async fn full(folder: &std::path::Path, fresh_until_us: i64) -> Callers {
        let url = format!("sqlite:{}", folder.join("callers.db").display());
        let callers = Callers::new(Store::open(&url, 2).await.unwrap());
        let mut all = callers.known.lock().unwrap();
        for number in 0..MOST_REMEMBERED {
            let mut hash = [0; 32];
            hash[..8].copy_from_slice(&number.to_be_bytes());
            let known = Known { caller: Arc::default(), expires_at_us: i64::MAX, fresh_until_us };
            all.insert(hash, known);
        }
        drop(all);
        callers
    }

    #[tokio::test]
    async fn ten_thousand_credentials_are_remembered_and_those_of_a_while_ago_make_room() {
        for (fresh_until_us, remembered) in [(100, 1), (101, MOST_REMEMBERED)] {
            let folder = tempfile::tempdir().unwrap();
            let callers = full(folder.path(), fresh_until_us).await;
            let new = NewAccount { login: "li".to_owned(), ..NewAccount::default() };
            let trail =
                super::super::trail::done_by(None, greenlane_ledger::trail::Deed::CreateAccount, "li", 0);
            let account = callers.store.create_account(&new, 0, &trail).await.unwrap();
            let session = super::super::open_session(&callers.store, account, "li", 0).await.unwrap();
            let shown = callers.who(Credential::Session(session.reveal()), 100).await.unwrap().unwrap();
            assert_eq!(shown.account, account.get());
            assert_eq!(callers.known.lock().unwrap().len(), remembered, "{fresh_until_us}");
            let is_known = callers.known.lock().unwrap().contains_key(&session.hash());
            assert_eq!(is_known, remembered == 1, "{fresh_until_us}");
            callers.forget();
            assert!(callers.known.lock().unwrap().is_empty());
        }
    }

    #[test]
    fn an_account_whose_office_cannot_be_read_is_an_error_and_no_caller() {
        for good in [&[][..], &["2201"], &[ALL_OFFICES], &["2201", "5301"]] {
            let found = serving(good).unwrap();
            assert_eq!(found.offices.iter().map(String::as_str).collect::<Vec<_>>(), good);
        }
        for bad in ["22O1", "220", "22011", "**", ""] {
            let error = serving(&["2201", bad]).unwrap_err().to_string();
            assert!(error.contains(&format!("account 3 serves `{bad}`")), "{error}");
        }
    }

    #[test]
    fn an_account_whose_role_cannot_be_read_is_an_error_and_no_caller_with_fewer_rights() {
        let having = |roles: &[&str]| of_account(NewAccount { roles: texts(roles), ..NewAccount::default() });
        assert_eq!(having(&Role::ALL.map(Role::name)).unwrap().roles.len(), Role::ALL.len());
        for bad in ["Officer", "inspector", ""] {
            let error = having(&["officer", bad]).unwrap_err().to_string();
            assert!(error.contains(&format!("account 3 has the role `{bad}`, which is none")), "{error}");
        }
    }

    #[test]
    fn a_token_whose_scope_cannot_be_read_is_an_error_and_no_token_that_allows_less() {
        let token = |scopes: &[&str]| Token {
            number: TokenNumber::new(9),
            account: AccountNumber::new(3),
            name: String::new(),
            scopes: texts(scopes),
            created_at_us: 0,
            expires_at_us: 0,
            revoked_at_us: None,
            parent: None,
        };
        let all = Action::ALL.map(Action::name);
        assert_eq!(scopes_of(&token(&all)).unwrap(), BTreeSet::from(Action::ALL));
        for bad in ["Decide", "audit", ""] {
            let error = scopes_of(&token(&[all[0], bad])).unwrap_err().to_string();
            assert!(error.contains(&format!("token 9 allows `{bad}`, which is no action")), "{error}");
        }
    }
}
