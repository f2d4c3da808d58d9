//! What the log has by name: written and read by the one table of names of its type.

/// Makes a type JSON by its `name` and `of_name`, which are its own or those of a trait.
macro_rules! by_name {
    ($type:ty, $what:expr) => {
        $crate::names::by_name!(@ $type, $what, <$type>::name, <$type>::of_name);
    };
    ($type:ty, $what:expr, $named:path) => {
        $crate::names::by_name!(@ $type, $what, <$type as $named>::name, <$type as $named>::of_name);
    };
    (@ $type:ty, $what:expr, $name:expr, $of_name:expr) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str($name(*self))
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let name = <String as serde::Deserialize>::deserialize(deserializer)?;
                let none = || serde::de::Error::custom(format!("`{name}` is no {}", $what));
                $of_name(&name).ok_or_else(none)
            }
        }
    };
}

pub(crate) use by_name;
