//! Enterprises with their identifiers, one by one and as a list.

use std::collections::BTreeMap;

use greenlane_database::{Database, StoreError, reading};
use greenlane_terms::numbers::EnterpriseNumber;

use super::enterprises::Identifier;
use super::{IdentifierKind, RegistryError};

/// An enterprise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enterprise {
    /// Its number.
    pub number: EnterpriseNumber,
    /// Its name, if anybody said it.
    pub name: Option<String>,
    /// By their text.
    pub identifiers: Vec<Identifier>,
}

/// The number of the enterprise with that identifier, as known at an instant.
pub(crate) async fn number_of(
    database: &Database,
    id: &str,
    as_of: i64,
) -> Result<EnterpriseNumber, RegistryError> {
    let sql = "SELECT enterprise FROM identifier WHERE id = $1 AND at_us <= $2";
    let number: Option<i64> = reading!(database, db => {
        sqlx::query_scalar(sql).bind(id).bind(as_of).fetch_optional(db).await?
    });
    let missing = || RegistryError::NoEnterprise { id: id.to_owned() };
    number.map(|number| EnterpriseNumber::new(number.cast_unsigned())).ok_or_else(missing)
}

/// Number, name, and one identifier with its kind.
type EnterpriseRow = (i64, Option<String>, Option<String>, Option<i16>);

/// Enterprises after a number, in the order of their numbers.
pub(crate) async fn enterprises(
    database: &Database,
    after: EnterpriseNumber,
    limit: u32,
) -> Result<Vec<Enterprise>, StoreError> {
    let sql = "SELECT e.number, e.name, i.id, i.kind FROM \
               (SELECT number, name FROM enterprise WHERE number > $1 ORDER BY number LIMIT $2) AS e \
               LEFT JOIN identifier AS i ON i.enterprise = e.number ORDER BY e.number, i.id";
    let after = i64::try_from(after.get()).unwrap_or(i64::MAX);
    let rows: Vec<EnterpriseRow> = reading!(database, db => {
        sqlx::query_as(sql).bind(after).bind(i64::from(limit)).fetch_all(db).await?
    });
    let mut found: BTreeMap<i64, Enterprise> = BTreeMap::new();
    for (number, name, id, kind) in rows {
        let new = || {
            let number = EnterpriseNumber::new(number.cast_unsigned());
            Enterprise { number, name, identifiers: Vec::new() }
        };
        let enterprise = found.entry(number).or_insert_with(new);
        if let Some(id) = id {
            let kind = identifier_kind(number, kind)?;
            enterprise.identifiers.push(Identifier { kind, id });
        }
    }
    Ok(found.into_values().collect())
}

/// What kind an identifier of an enterprise is of.
fn identifier_kind(enterprise: i64, kind: Option<i16>) -> Result<IdentifierKind, StoreError> {
    let unknown =
        || StoreError::damaged(format!("an identifier of enterprise {enterprise} is of no known kind"));
    kind.and_then(IdentifierKind::of_number).ok_or_else(unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_of_no_known_kind_is_damage_and_not_an_enterprise_without_it() {
        for kind in IdentifierKind::ALL {
            assert_eq!(identifier_kind(5, Some(kind.number())).unwrap(), *kind);
        }
        for kind in [Some(0), Some(9), None] {
            let error = identifier_kind(5, kind).unwrap_err().to_string();
            assert_eq!(error, "the store is damaged: an identifier of enterprise 5 is of no known kind");
        }
    }
}
