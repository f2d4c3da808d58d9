//! Moves every `case` of numbers out of the arithmetic around it: `case … end + 1` becomes `case … + 1 … end`.

use crate::expression::{Arm, Expr};

/// Rewrites an expression and all inside it, inner ones first.
pub fn lift_cases(expr: &mut Expr) {
    for child in expr.children_mut() {
        lift_cases(child);
    }
    while let Some((side, whens, otherwise)) = case_in_arithmetic(expr) {
        let outer = |inner: Expr| {
            let mut outer = expr.clone();
            if let Some(args) = arithmetic(&mut outer) {
                *args[side] = inner;
            }
            lift_cases(&mut outer);
            outer
        };
        let whens = whens.into_iter().map(|arm| Arm { when: arm.when, then: outer(arm.then) }).collect();
        *expr = Expr::Case { whens, otherwise: otherwise.map(|inner| Box::new(outer(*inner))) };
    }
}

/// The side of an arithmetic expression that is a `case`, and that case.
fn case_in_arithmetic(expr: &mut Expr) -> Option<(usize, Vec<Arm>, Option<Box<Expr>>)> {
    let args = arithmetic(expr)?;
    args.iter().enumerate().find_map(|(side, arg)| match &**arg {
        Expr::Case { whens, otherwise } => Some((side, whens.clone(), otherwise.clone())),
        _ => None,
    })
}

fn arithmetic(expr: &mut Expr) -> Option<&mut [Box<Expr>; 2]> {
    match expr {
        Expr::Add { args } | Expr::Sub { args } | Expr::Mul { args } => Some(args),
        Expr::AddDays { args } | Expr::AddMonths { args } => Some(args),
        _ => None,
    }
}
