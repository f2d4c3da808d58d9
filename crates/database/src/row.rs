//! What a row of a table is read into.

/// A struct whose fields are the columns of the same names, whichever database they come from.
///
/// This is what sqlx derives, without the crate that does it: that one brings both databases a second time, to be compiled for the
/// compiler before anything here can be.
#[macro_export]
macro_rules! row {
    ($(#[$of:meta])* $visible:vis struct $name:ident { $($(#[$about:meta])* $field:ident: $kind:ty,)+ }) => {
        $(#[$of])*
        $visible struct $name { $($(#[$about])* $field: $kind,)+ }

        impl<'r, R: ::sqlx::Row> ::sqlx::FromRow<'r, R> for $name
        where
            &'static str: ::sqlx::ColumnIndex<R>,
            $($kind: ::sqlx::Decode<'r, R::Database> + ::sqlx::Type<R::Database>,)+
        {
            fn from_row(row: &'r R) -> Result<$name, ::sqlx::Error> {
                Ok($name { $($field: row.try_get(stringify!($field))?,)+ })
            }
        }
    };
}
