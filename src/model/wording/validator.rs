//! What naga's validator says, in our words.

use std::ops::Range;

use naga::common::wgsl::TypeContext;
use naga::proc::ResolveContext;
use naga::valid::{CallError, ExpressionError, FunctionError, ValidationError};
use naga::{BinaryOperator, Expression, Function, Handle, Module, TypeInner, UnaryOperator, WithSpan};

use super::{Reading, SEE};
use crate::mistake::Mistake;

impl Reading<'_> {
    /// A mistake that naga's validator found.
    pub fn of_validator(&self, error: &WithSpan<ValidationError>, module: &Module) -> Mistake {
        let spans = error.spans().filter_map(|(span, _)| self.own_part(span.to_range()?));
        let span = spans.min_by_key(|span| span.len()).unwrap_or(self.own..self.own);
        let mut mistake = match error.as_inner() {
            ValidationError::Function { handle, name, source } => {
                let function = InFunction { module, function: &module.functions[*handle], name };
                let (what, remedy) = function.words(source, self);
                Mistake { what, remedy, span }
            }
            ValidationError::GlobalVariable { name, .. } => Mistake {
                what: format!("`{name}` has a type that a variable outside of functions cannot have"),
                remedy: "use numbers, vectors, or structs and arrays of them".into(),
                span: self.within(span, name),
            },
            other => {
                let (what, remedy) = rest(other);
                Mistake { what, remedy, span }
            }
        };
        // A span that covers a whole function is that of its end, or of nothing better.
        if let ValidationError::Function { name, .. } = error.as_inner() {
            if self.text[mistake.span.clone()].starts_with("fn ") {
                mistake.span = self.place_of_function(name);
            }
            if let ValidationError::Function { source: FunctionError::LocalVariable { name, .. }, .. } =
                error.as_inner()
            {
                mistake.span = self.within(mistake.span, name);
            }
        }
        mistake
    }

    /// Where a name stands within a span, or all of the span.
    fn within(&self, span: Range<usize>, name: &str) -> Range<usize> {
        let inside = &self.tokens[self.token_at(span.start)..self.token_at(span.end)];
        inside.iter().find(|token| self.word(token) == name).map_or(span, |token| token.span.clone())
    }

    fn place_of_function(&self, name: &str) -> Range<usize> {
        let pair =
            self.tokens.windows(2).find(|pair| self.word(&pair[0]) == "fn" && self.word(&pair[1]) == name);
        pair.map_or(self.own..self.own, |pair| pair[1].span.clone())
    }
}

/// The function that a mistake is in.
struct InFunction<'m> {
    module: &'m Module,
    function: &'m Function,
    name: &'m str,
}

impl InFunction<'_> {
    fn words(&self, error: &FunctionError, reading: &Reading) -> (String, String) {
        let (module, name) = (self.module, self.name);
        let is_agents = |ty: &Handle<naga::Type>| module.types[*ty].name.as_deref() == Some("Agent");
        match error {
            FunctionError::Expression { source, .. } => self.of_expression(source),
            FunctionError::InvalidReturnType { expression, expected_ty } => match (expression, expected_ty) {
                (Some(given), Some(wanted)) => (
                    format!(
                        "`{name}` must return `{}`, and this is `{}`",
                        module.types.type_to_string(*wanted),
                        self.type_of(*given)
                    ),
                    "return what the function's head says, or change the head".into(),
                ),
                (None, Some(wanted)) => {
                    let wanted_name = module.types.type_to_string(*wanted);
                    let example = if is_agents(wanted) { "return next;" } else { "return ...;" };
                    (
                        format!("`{name}` must return `{wanted_name}`, and here it returns nothing"),
                        format!("end it with `{example}`"),
                    )
                }
                _ => (
                    format!("`{name}` returns a value, and its head names no type for it"),
                    format!("write `fn {name}(...) -> TYPE`, or return nothing"),
                ),
            },
            FunctionError::InvalidIfType(condition) => match self.inner(*condition) {
                Some(TypeInner::Vector { .. }) => (
                    format!(
                        "a condition must be true or false, and this is a `{}`",
                        self.type_of(*condition)
                    ),
                    "ask whether `all(...)` or `any(...)` of it is true".into(),
                ),
                _ => (
                    format!(
                        "a condition must be true or false, and this is a `{}`",
                        self.type_of(*condition)
                    ),
                    "compare it with something, as in `> 0u`".into(),
                ),
            },
            FunctionError::InvalidStoreTypes { value, .. } => (
                format!("this is a `{}`, and what it is assigned to has another type", self.type_of(*value)),
                "convert it, as in `u32(...)` or `i32(...)`".into(),
            ),
            FunctionError::InvalidCall { function, error } => {
                let called = module.functions[*function].name.as_deref().unwrap_or("");
                let what = match error {
                    CallError::ArgumentCount { required, seen } => {
                        format!(
                            "`{called}` takes {required} argument{}, and this gives {seen}",
                            if *required == 1 { "" } else { "s" }
                        )
                    }
                    CallError::ArgumentType { index, required, seen_expression } => format!(
                        "argument {} of `{called}` is a `{}`, and this gives a `{}`",
                        index + 1,
                        module.types.type_to_string(*required),
                        self.type_of(*seen_expression)
                    ),
                    _ => format!("this call of `{called}` is not possible"),
                };
                (
                    what,
                    reading.signature(called).map_or(SEE.into(), |signature| format!("it is `{signature}`")),
                )
            }
            FunctionError::BreakOutsideOfLoopOrSwitch => {
                ("this `break` is in no loop and no `switch`".into(), "remove it, or use `return`".into())
            }
            FunctionError::ContinueOutsideOfLoop => {
                ("this `continue` is in no loop".into(), "remove it, or use `return`".into())
            }
            FunctionError::InvalidReturnSpot => {
                ("a `continuing` block cannot return".into(), "return from the loop's body".into())
            }
            FunctionError::LocalVariable { name, .. } => (
                format!("`{name}` has a type that a variable cannot have"),
                "use numbers, vectors, or structs and arrays of a fixed length of them".into(),
            ),
            FunctionError::InvalidArgumentType { name: argument, .. } => (
                format!("argument `{argument}` of `{name}` has a type that cannot be passed"),
                "pass numbers, vectors, structs or arrays".into(),
            ),
            FunctionError::InvalidArgumentPointerSpace { name: argument, .. } => (
                format!("argument `{argument}` of `{name}` is a pointer to something that cannot be passed"),
                "use `ptr<function, TYPE>` or `ptr<private, TYPE>`".into(),
            ),
            FunctionError::NonConstructibleReturnType => (
                format!("`{name}` returns a type that cannot be returned"),
                "return numbers, vectors, structs or arrays".into(),
            ),
            FunctionError::InvalidSwitchType(value) => (
                format!("a `switch` needs a whole number, and this is a `{}`", self.type_of(*value)),
                "use `if`, or convert it".into(),
            ),
            FunctionError::MissingDefaultCase => {
                ("this `switch` has no `default`".into(), "add `default: {}`".into())
            }
            FunctionError::MultipleDefaultCases => {
                ("this `switch` has two `default`s".into(), "remove one".into())
            }
            FunctionError::ConflictingSwitchCase(_) => {
                ("this `switch` has the same case twice".into(), "remove one".into())
            }
            FunctionError::MissingCapability(needed) => unsupported(&format!("{needed:?}")),
            other => rest(other),
        }
    }

    fn of_expression(&self, error: &ExpressionError) -> (String, String) {
        let types = &self.module.types;
        let shown = |inner: &TypeInner| {
            let mut text = String::new();
            let _ = types.write_type_inner(inner, &mut text);
            text
        };
        match error {
            ExpressionError::InvalidBinaryOperandTypes { op, lhs_type, rhs_type, .. } => {
                let (left, right) = (shown(lhs_type), shown(rhs_type));
                let remedy = if left == right {
                    "use another type or another operator".to_owned()
                } else {
                    format!("convert one of them, as in `{left}(...)`")
                };
                (format!("`{}` cannot join a `{left}` and a `{right}`", sign(*op)), remedy)
            }
            ExpressionError::InvalidUnaryOperandType(op, operand) => {
                let sign = match op {
                    UnaryOperator::Negate => "-",
                    UnaryOperator::LogicalNot => "!",
                    UnaryOperator::BitwiseNot => "~",
                };
                (
                    format!("`{sign}` cannot be put before a `{}`", self.type_of(*operand)),
                    "use another type or another operator".into(),
                )
            }
            ExpressionError::IndexOutOfBounds(base, index) => (
                format!("index {index} is beyond the end of a `{}`", self.type_of(*base)),
                "indices count from 0".into(),
            ),
            ExpressionError::NegativeIndex(base) => {
                (format!("a `{}` has no negative index", self.type_of(*base)), "indices count from 0".into())
            }
            ExpressionError::InvalidIndexType(index) => (
                format!("an index must be an `i32` or a `u32`, and this is a `{}`", self.type_of(*index)),
                "convert it, as in `u32(...)`".into(),
            ),
            ExpressionError::InvalidBaseType(base) => (
                format!("a `{}` has no parts to choose from", self.type_of(*base)),
                "use a vector, an array or a struct".into(),
            ),
            ExpressionError::SelectValuesTypeMismatch { accept, reject } => (
                format!(
                    "`select` chooses between two values of one type, and these are `{}` and `{}`",
                    shown(reject),
                    shown(accept)
                ),
                "convert one of them".into(),
            ),
            ExpressionError::SelectConditionNotABool { actual } => (
                format!(
                    "the third argument of `select` must be true or false, and this is a `{}`",
                    shown(actual)
                ),
                "compare it with something, as in `> 0u`".into(),
            ),
            ExpressionError::InvalidArrayType(of) => {
                let of = self.type_of(*of);
                (
                    format!("`arrayLength` cannot take a `{of}`"),
                    "a rule's own arrays have a fixed length: write the number".into(),
                )
            }
            ExpressionError::ShiftAmountTooLarge { .. } => {
                ("this shifts by 32 bits or more".into(), "shift by 0 to 31".into())
            }
            ExpressionError::DivideByZero => ("this divides by 0".into(), "divide by something else".into()),
            ExpressionError::MissingCapabilities(needed) => unsupported(&format!("{needed:?}")),
            ExpressionError::InvalidArgumentType(function, index, given) => (
                format!(
                    "argument {} of `{}` cannot be a `{}`",
                    index + 1,
                    builtin(*function),
                    self.type_of(*given)
                ),
                SEE.into(),
            ),
            other => rest(other),
        }
    }

    /// The type of an expression, as WGSL writes it.
    fn type_of(&self, expression: Handle<Expression>) -> String {
        let Some(resolution) = self.resolved(expression) else { return "value of unknown type".into() };
        match resolution.inner_with(&self.module.types) {
            // Authors think of what is pointed to.
            TypeInner::Pointer { base, .. } => self.module.types.type_to_string(*base),
            _ => self.module.types.type_resolution_to_string(&resolution),
        }
    }

    fn inner(&self, expression: Handle<Expression>) -> Option<TypeInner> {
        self.resolved(expression).map(|resolution| resolution.inner_with(&self.module.types).clone())
    }

    fn resolved(&self, expression: Handle<Expression>) -> Option<naga::proc::TypeResolution> {
        let function = self.function;
        let context =
            ResolveContext::with_locals(self.module, &function.local_variables, &function.arguments);
        let mut typifier = naga::front::Typifier::new();
        typifier.grow(expression, &function.expressions, &context).ok()?;
        Some(typifier[expression].clone())
    }
}

fn sign(operator: BinaryOperator) -> &'static str {
    use BinaryOperator::*;
    match operator {
        Add => "+",
        Subtract => "-",
        Multiply => "*",
        Divide => "/",
        Modulo => "%",
        Equal => "==",
        NotEqual => "!=",
        Less => "<",
        LessEqual => "<=",
        Greater => ">",
        GreaterEqual => ">=",
        And => "&",
        ExclusiveOr => "^",
        InclusiveOr => "|",
        LogicalAnd => "&&",
        LogicalOr => "||",
        ShiftLeft => "<<",
        ShiftRight => ">>",
    }
}

/// A builtin's name as WGSL writes it: `CountOneBits` is `countOneBits`.
fn builtin(function: naga::MathFunction) -> String {
    let name = format!("{function:?}");
    let mut letters = name.chars();
    letters.next().map_or(String::new(), |first| first.to_lowercase().chain(letters).collect())
}

/// What a device would need, as in `Capabilities(SUBGROUP)`, is more than every device has.
fn unsupported(needed: &str) -> (String, String) {
    let needed =
        needed.trim_start_matches("Capabilities(").trim_end_matches(')').to_lowercase().replace('_', " ");
    (
        format!("this needs what not every device has ({needed})"),
        "write it with 32-bit numbers and plain functions".into(),
    )
}

/// What there are no words of our own for.
fn rest(error: &dyn std::error::Error) -> (String, String) {
    let message = plain(error);
    match message.split_once("::Capabilities::").and_then(|(_, needed)| needed.split_once('`')) {
        Some((needed, _)) => unsupported(needed),
        None => (message, SEE.into()),
    }
}

/// The message of an error's last cause, without naga's numbers for things.
fn plain(error: &dyn std::error::Error) -> String {
    let mut last: &dyn std::error::Error = error;
    while let Some(cause) = last.source() {
        last = cause;
    }
    let message = last.to_string();
    let mut text = String::new();
    let mut rest = message.as_str();
    while let Some(start) = rest.find(" [") {
        let inside = &rest[start + 2..];
        let end = inside.find(']').filter(|end| inside[..*end].chars().all(|c| c.is_ascii_digit()));
        match end {
            Some(end) => {
                text.push_str(&rest[..start]);
                rest = &inside[end + 1..];
            }
            None => {
                text.push_str(&rest[..start + 2]);
                rest = inside;
            }
        }
    }
    text.push_str(rest);
    let text = text.trim().trim_end_matches('.').to_owned();
    let mut letters = text.chars();
    letters.next().map_or(text.clone(), |first| first.to_lowercase().chain(letters).collect())
}
