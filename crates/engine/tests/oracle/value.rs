//! Exact decimals, days and codes.

use super::law::Type;

/// A known number, day or code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    Number { value: i128, scale: u32 },
    Day(i64),
    Code(usize),
}

/// A natural value by its type.
pub fn typed(kind: Type, natural: i64) -> Option<Value> {
    Some(match kind {
        Type::Date => Value::Day(natural),
        Type::Code(_) => Value::Code(natural as usize),
        kind => Value::Number { value: i128::from(natural), scale: kind.scale() },
    })
}

fn align(a: (i128, u32), b: (i128, u32)) -> (i128, i128, u32) {
    let scale = a.1.max(b.1);
    (a.0 * 10i128.pow(scale - a.1), b.0 * 10i128.pow(scale - b.1), scale)
}

/// Sum, or difference where `sign` is -1; days between two days.
pub fn add(left: Value, right: Value, sign: i128) -> Option<Value> {
    match (left, right) {
        (Value::Number { value: a, scale: s }, Value::Number { value: b, scale: t }) => {
            let (a, b, scale) = align((a, s), (b, t));
            Some(Value::Number { value: a + sign * b, scale })
        }
        (Value::Day(a), Value::Day(b)) => Some(Value::Number { value: i128::from(a - b), scale: 0 }),
        other => panic!("no sum of {other:?}"),
    }
}

/// Below, at or above.
pub fn sign(left: Value, right: Value) -> i128 {
    match (left, right) {
        (Value::Number { value: a, scale: s }, Value::Number { value: b, scale: t }) => {
            let (a, b, _) = align((a, s), (b, t));
            (a - b).signum()
        }
        (Value::Day(a), Value::Day(b)) => i128::from((a - b).signum()),
        (Value::Code(a), Value::Code(b)) => i128::from(a != b),
        other => panic!("no comparison of {other:?}"),
    }
}
