//! What is printed: each figure beside its reference, as a Markdown table.

use std::fmt;

/// A number with its unit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Figure {
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
}

impl Figure {
    pub(crate) const fn new(value: f64, unit: &'static str) -> Self {
        Self { value, unit }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.value {
            value if value >= 100.0 => write!(f, "{} {}", thousands(value), self.unit),
            value if value >= 10.0 => write!(f, "{value:.1} {}", self.unit),
            value => write!(f, "{value:.2} {}", self.unit),
        }
    }
}

fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::with_capacity(digits.len() + 3);
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// What a row is held against.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Budget {
    /// Figure divided by reference.
    RatioAtLeast(f64),
    /// Figure divided by reference.
    RatioAtMost(f64),
    /// The figure itself.
    AtMost(f64),
    /// The figure itself.
    AtLeast(f64),
}

/// One line of the table.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    what: String,
    figure: Figure,
    reference: Option<(&'static str, Figure)>,
    budget: Option<Budget>,
}

impl Row {
    pub(crate) fn new(what: impl Into<String>, figure: Figure) -> Self {
        Self {
            what: what.into(),
            figure,
            reference: None,
            budget: None,
        }
    }

    pub(crate) fn beside(mut self, name: &'static str, reference: Figure) -> Self {
        self.reference = Some((name, reference));
        self
    }

    pub(crate) fn budget(mut self, budget: Budget) -> Self {
        self.budget = Some(budget);
        self
    }

    fn ratio(&self) -> Option<f64> {
        self.reference
            .map(|(_, reference)| self.figure.value / reference.value)
    }

    fn judged(&self) -> (String, &'static str) {
        let word = |met: bool| if met { "yes" } else { "**no**" };
        let ratio = self.ratio().unwrap_or(f64::NAN);
        match self.budget {
            None => ("–".to_owned(), "–"),
            Some(Budget::RatioAtLeast(least)) => (format!("≥ {least} ×"), word(ratio >= least)),
            Some(Budget::RatioAtMost(most)) => (format!("≤ {most} ×"), word(ratio <= most)),
            Some(Budget::AtLeast(least)) => {
                let least = Figure::new(least, self.figure.unit);
                (format!("≥ {least}"), word(self.figure.value >= least.value))
            }
            Some(Budget::AtMost(most)) => {
                let most = Figure::new(most, self.figure.unit);
                (format!("≤ {most}"), word(self.figure.value <= most.value))
            }
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (budget, met) = self.judged();
        let reference = self.reference.map_or_else(
            || "–".to_owned(),
            |(name, figure)| format!("{figure}, {name}"),
        );
        let ratio = self
            .ratio()
            .map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.2}"));
        let Self { what, figure, .. } = self;
        write!(
            f,
            "| {what} | {figure} | {reference} | {ratio} | {budget} | {met} |"
        )
    }
}

/// What one measurement found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Findings {
    pub(crate) rows: Vec<Row>,
    /// How it was measured, and what else was seen: sentences.
    pub(crate) notes: Vec<String>,
}

impl Findings {
    pub(crate) fn row(&mut self, row: Row) {
        eprintln!("  {row}");
        self.rows.push(row);
    }

    pub(crate) fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    pub(crate) fn append(&mut self, mut other: Self) {
        self.rows.append(&mut other.rows);
        self.notes.append(&mut other.notes);
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.rows.is_empty() {
            writeln!(
                f,
                "| measured | figure | reference | ratio | budget | met |"
            )?;
            writeln!(f, "|---|---|---|---|---|---|")?;
        }
        for row in &self.rows {
            writeln!(f, "{row}")?;
        }
        for note in &self.notes {
            write!(f, "\n* {note}")?;
        }
        Ok(())
    }
}
