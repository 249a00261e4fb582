//! A TOML table read key by key, so that every mistake in it is found and told in words of the model.

use std::ops::{Range, RangeInclusive};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::names::nearest;
use crate::mistake::Mistake;

/// A table of a model's head, and what messages call it.
#[derive(Clone, Copy)]
pub(crate) struct Table<'t> {
    name: &'t str,
    entries: &'t DeTable<'t>,
}

/// A key of a table and where it stands.
pub(crate) type Key = Spanned<String>;

/// An integer or a decimal number, told apart because they mean different types.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Number {
    Integer(i64),
    Decimal(f64),
}

impl Number {
    pub fn value(self) -> f64 {
        match self {
            Number::Integer(value) => value as f64,
            Number::Decimal(value) => value,
        }
    }
}

impl<'t> Table<'t> {
    pub fn new(name: &'t str, entries: &'t DeTable<'t>) -> Table<'t> {
        Table { name, entries }
    }

    /// The table that a value is; `example` shows how one is written.
    pub fn of(
        name: &'t str,
        value: &'t Spanned<DeValue<'t>>,
        example: &str,
        found: &mut Vec<Mistake>,
    ) -> Option<Table<'t>> {
        let entries = value.get_ref().as_table();
        if entries.is_none() {
            found.push(wrong_type(name, value, &format!("write it as {example}")));
        }
        entries.map(|entries| Table { name, entries })
    }

    /// Refuses keys that are not among `known`, and says whether all are.
    pub fn only(&self, known: &[&str], found: &mut Vec<Mistake>) -> bool {
        let before = found.len();
        for (key, _) in self.entries {
            if !known.contains(&key.get_ref().as_ref()) {
                found.push(Mistake {
                    what: format!("{} has no `{}`", self.name, key.get_ref()),
                    remedy: match nearest(key.get_ref(), known.iter().copied()) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!("use one of {}, or remove it", known.join(", ")),
                    },
                    span: key.span(),
                });
            }
        }
        found.len() == before
    }

    /// The keys and values in the order of the file.
    pub fn entries(&self) -> Vec<(Key, &'t Spanned<DeValue<'t>>)> {
        let mut entries: Vec<_> = self
            .entries
            .iter()
            .map(|(key, value)| (Spanned::new(key.span(), key.get_ref().to_string()), value))
            .collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        entries
    }

    /// Whether there is a value of this key, be it right or wrong.
    pub fn has(&self, key: &str) -> bool {
        self.value(key).is_some()
    }

    /// Where a key stands.
    pub fn key(&self, key: &str) -> Option<Range<usize>> {
        self.entries.iter().find(|(name, _)| name.get_ref() == key).map(|(name, _)| name.span())
    }

    /// The value of a key, be it right or wrong.
    pub fn value(&self, key: &str) -> Option<&'t Spanned<DeValue<'t>>> {
        self.entries.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value)
    }

    /// A string.
    pub fn text(&self, key: &str, found: &mut Vec<Mistake>) -> Option<Spanned<String>> {
        self.get(key, "write a string in quotes, as in \"this\"", found, as_text)
    }

    /// `true` or `false`.
    pub fn truth(&self, key: &str, found: &mut Vec<Mistake>) -> Option<bool> {
        self.get(key, "write true or false", found, |value| value.as_bool()).map(Spanned::into_inner)
    }

    /// A whole number from 0 to 2^32 - 1.
    pub fn whole(&self, key: &str, found: &mut Vec<Mistake>) -> Option<Spanned<u32>> {
        self.get(key, WHOLE, found, |value| as_whole(value, 0..=u32::MAX.into())).map(|number| {
            // The range above is that of the type.
            Spanned::new(number.span(), number.into_inner() as u32)
        })
    }

    /// A number, or a list of them.
    pub fn number_or_list(&self, key: &str, found: &mut Vec<Mistake>) -> Option<Spanned<Vec<Number>>> {
        let remedy = match self.value(key).is_some_and(|value| value.get_ref().is_array()) {
            true => "write a list of numbers, as in [1, 2, 3]",
            false => "write a number, as in 3 or 0.5",
        };
        self.get(key, remedy, found, |value| match value.as_array() {
            Some(list) if !list.is_empty() => list.iter().map(|value| as_number(value.get_ref())).collect(),
            Some(_) => None,
            None => Some(vec![as_number(value)?]),
        })
    }

    /// A number.
    pub fn number(&self, key: &str, found: &mut Vec<Mistake>) -> Option<Spanned<Number>> {
        self.get(key, "write a number, as in 3 or 0.5", found, as_number)
    }

    /// Two numbers.
    pub fn numbers(&self, key: &str, found: &mut Vec<Mistake>) -> Option<Spanned<[Number; 2]>> {
        self.get(key, "write two numbers, as in [0, 10]", found, |value| pair(value, as_number))
    }

    /// Two whole numbers within a range.
    pub fn wholes(
        &self,
        key: &str,
        range: RangeInclusive<i64>,
        found: &mut Vec<Mistake>,
    ) -> Option<Spanned<[i64; 2]>> {
        let remedy =
            format!("write two whole numbers from {} to {}, as in [8, 64]", range.start(), range.end());
        self.get(key, &remedy, found, |value| pair(value, |value| as_whole(value, range.clone())))
    }

    /// What `read` makes of the value of a key; where it makes nothing, the value is a mistake with this remedy.
    pub fn get<T>(
        &self,
        key: &str,
        remedy: &str,
        found: &mut Vec<Mistake>,
        read: impl Fn(&DeValue) -> Option<T>,
    ) -> Option<Spanned<T>> {
        let value = self.value(key)?;
        let read = read(value.get_ref());
        if read.is_none() {
            found.push(wrong_type(&format!("`{key}` of {}", self.name), value, remedy));
        }
        read.map(|read| Spanned::new(value.span(), read))
    }
}

const WHOLE: &str = "write a whole number from 0 to 4294967295";

pub(crate) fn wrong_type(name: &str, value: &Spanned<DeValue>, remedy: &str) -> Mistake {
    Mistake {
        what: format!("{name} cannot be {}", described(value.get_ref())),
        remedy: remedy.into(),
        span: value.span(),
    }
}

/// A value as messages show it.
pub(crate) fn described(value: &DeValue) -> String {
    match value {
        DeValue::String(text) if text.chars().count() <= 40 => format!("the string \"{text}\""),
        DeValue::String(_) => "a long string".into(),
        DeValue::Integer(number) if number.radix() == 10 => number.as_str().to_owned(),
        DeValue::Integer(_) => "this number".into(),
        DeValue::Float(number) => number.as_str().to_owned(),
        DeValue::Boolean(truth) => truth.to_string(),
        DeValue::Datetime(_) => "a date".into(),
        DeValue::Array(list) if (1..=4).contains(&list.len()) && list.iter().all(is_number) => {
            let numbers: Vec<String> = list.iter().map(|value| described(value.get_ref())).collect();
            format!("[{}]", numbers.join(", "))
        }
        DeValue::Array(list) => format!("a list of {}", list.len()),
        DeValue::Table(_) => "a table".into(),
    }
}

fn is_number(value: &Spanned<DeValue>) -> bool {
    matches!(value.get_ref(), DeValue::Integer(_) | DeValue::Float(_))
}

fn as_text(value: &DeValue) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn as_integer(value: &DeValue) -> Option<i64> {
    let number = value.as_integer()?;
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}

pub(crate) fn as_whole(value: &DeValue, range: RangeInclusive<i64>) -> Option<i64> {
    as_integer(value).filter(|number| range.contains(number))
}

pub(crate) fn as_number(value: &DeValue) -> Option<Number> {
    as_integer(value).map(Number::Integer).or_else(|| {
        value.as_float()?.as_str().parse().ok().filter(|number: &f64| number.is_finite()).map(Number::Decimal)
    })
}

fn pair<T>(value: &DeValue, read: impl Fn(&DeValue) -> Option<T>) -> Option<[T; 2]> {
    let list = value.as_array()?;
    match (list.len(), list.first(), list.get(1)) {
        (2, Some(first), Some(second)) => Some([read(first.get_ref())?, read(second.get_ref())?]),
        _ => None,
    }
}

/// The part of a text that a span marks, cut to its first line.
pub(super) fn first_line(text: &str, span: Range<usize>) -> &str {
    text.get(span).unwrap_or("").lines().next().unwrap_or("")
}
