//! Query strings, strictly: every parameter is known, given once unless it is a list, and
//! readable; every fault is named, not only the first.

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use docket_service::problem::{FieldError, Problem};
use jiff::Timestamp;
use uuid::Uuid;

use crate::problems::Error;

/// A year that Postgres knows too, and nobody means.
const TIME_MIN: &str = "0000-01-01T00:00:00Z";
pub(crate) const LIMIT_MAX: u32 = 200;

/// The pairs as they came. Taking what is known and calling [`Parameters::finish`] refuses the
/// rest.
#[derive(Debug)]
pub(crate) struct Parameters {
    pairs: Vec<(String, String)>,
    known: Vec<&'static str>,
    errors: Vec<FieldError>,
}

impl<S: Send + Sync> FromRequestParts<S> for Parameters {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let pairs = Query::try_from_uri(&parts.uri)
            .map_err(|error| Problem::malformed(error.body_text()))?;
        Ok(Self::new(pairs.0))
    }
}

impl Parameters {
    pub(crate) fn new(pairs: Vec<(String, String)>) -> Self {
        Self {
            pairs,
            known: Vec::new(),
            errors: Vec::new(),
        }
    }

    /// All of them but these, sorted: what makes two lists the same list.
    pub(crate) fn without(&self, names: &[&str]) -> Vec<(String, String)> {
        let mut pairs: Vec<_> = self
            .pairs
            .iter()
            .filter(|(name, _)| !names.contains(&name.as_str()))
            .cloned()
            .collect();
        pairs.sort_unstable();
        pairs
    }

    /// Whether it was given, readable or not.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.pairs.iter().any(|(given, _)| given == name)
    }

    pub(crate) fn error(&mut self, name: &str, message: impl Into<String>) {
        self.errors.push(FieldError::new(name, message));
    }

    /// The values of a parameter that may be given several times, or with commas between.
    pub(crate) fn list<T>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Vec<T> {
        let texts = self.take(name);
        let parts = texts.iter().flat_map(|text| text.split(','));
        self.parse_all(name, parts, parse)
    }

    /// A text parameter that may be given several times; commas are part of it.
    pub(crate) fn texts(&mut self, name: &'static str) -> Vec<String> {
        let texts = self.take(name);
        self.parse_all(name, texts.iter().map(String::as_str), text)
    }

    /// The value of a parameter that may be given once.
    pub(crate) fn one<T>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let texts = self.take(name);
        if texts.len() > 1 {
            self.error(name, "is given more than once");
            return None;
        }
        let texts = texts.iter().map(String::as_str);
        self.parse_all(name, texts, parse).pop()
    }

    /// How many entries a page has.
    pub(crate) fn limit(&mut self, default: u32) -> u32 {
        let wanted = format!("is not a number from 1 to {LIMIT_MAX}");
        self.one("limit", |text| match text.parse() {
            Ok(limit @ 1..=LIMIT_MAX) => Ok(limit),
            _ => Err(wanted.clone()),
        })
        .unwrap_or(default)
    }

    /// Refuses what nobody asked for, and whatever was wrong.
    pub(crate) fn finish(mut self) -> Result<(), Error> {
        let known = self.known.join(", ");
        let mut unknown: Vec<&str> = self.pairs.iter().map(|(name, _)| name.as_str()).collect();
        unknown.retain(|name| !self.known.contains(name));
        unknown.sort_unstable();
        unknown.dedup();
        let unknown = unknown
            .into_iter()
            .map(|name| FieldError::new(name, format!("is not known here; known are: {known}")));
        self.errors.extend(unknown);
        if self.errors.is_empty() {
            Ok(())
        } else {
            Err(Error::Parameters(self.errors))
        }
    }

    fn take(&mut self, name: &'static str) -> Vec<String> {
        self.known.push(name);
        self.pairs
            .iter()
            .filter(|(given, _)| given == name)
            .map(|(_, value)| value.clone())
            .collect()
    }

    fn parse_all<'a, T>(
        &mut self,
        name: &'static str,
        texts: impl Iterator<Item = &'a str>,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Vec<T> {
        texts
            .filter_map(|text| match parse(text) {
                Ok(value) => Some(value),
                Err(message) => {
                    self.error(name, message);
                    None
                }
            })
            .collect()
    }
}

/// As `word` takes them: the place is the number.
pub(crate) const YES_OR_NO: [&str; 2] = ["false", "true"];

/// A text that Postgres can hold, not empty.
pub(crate) fn text(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Err("is empty".to_owned());
    }
    if text.len() > 500 {
        return Err(format!(
            "is {} bytes long, at most 500 are allowed",
            text.len()
        ));
    }
    if text.contains('\0') {
        return Err("contains the control character U+0000, which is not allowed".to_owned());
    }
    // What stands for bytes that aren't a text; nobody looks for it.
    if text.contains('\u{fffd}') {
        return Err("is no UTF-8".to_owned());
    }
    Ok(text.to_owned())
}

pub(crate) fn uuid(text: &str) -> Result<Uuid, String> {
    text.parse().map_err(|_| format!("{text:?} is not a UUID"))
}

pub(crate) fn time(text: &str) -> Result<Timestamp, String> {
    let earliest: Result<Timestamp, _> = TIME_MIN.parse();
    match (text.parse::<Timestamp>(), earliest) {
        (Ok(time), Ok(earliest)) if time >= earliest => Ok(time),
        (Ok(_), _) => Err(format!("{text:?} is before {TIME_MIN}")),
        (Err(_), _) => Err(format!(
            "{text:?} is not a time as RFC 3339 has it, such as 2026-11-20T09:30:00Z (a + is %2B \
             in a query), up to {}",
            Timestamp::MAX
        )),
    }
}

/// One of these words, by its place among them.
pub(crate) fn word(words: &'static [&'static str]) -> impl Fn(&str) -> Result<usize, String> {
    move |text| {
        words
            .iter()
            .position(|word| *word == text)
            .ok_or_else(|| none_of(text, words.iter().copied()))
    }
}

/// What is wrong with a text that is no such word.
pub(crate) fn none_of<'a>(text: &str, words: impl Iterator<Item = &'a str>) -> String {
    let words: Vec<&str> = words.collect();
    format!("{text:?} is not one of {}", words.join(", "))
}
