//! What was given up, and what came of it, for people.

use std::fmt;

use super::{DEAD_MAX, GivenUp, Redriven};

impl fmt::Display for GivenUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.views.is_empty() && self.deliveries.is_none() {
            return writeln!(f, "there are no views and no deliveries");
        }
        for view in &self.views {
            let parked = view.streams.len();
            writeln!(f, "{} ({}): {parked} parked", view.view, view.schema)?;
            for it in &view.streams {
                writeln!(
                    f,
                    "  {}  partition {}, from sequence {} ({}), {} waiting since {}: {}",
                    it.stream,
                    it.partition,
                    it.since_sequence,
                    it.r#type,
                    it.letters,
                    it.parked_at,
                    it.error
                )?;
            }
        }
        let Some(dead) = &self.deliveries else {
            return Ok(());
        };
        let more = if dead.len() as i64 == DEAD_MAX {
            " or more"
        } else {
            ""
        };
        writeln!(f, "deliveries: {}{more} dead", dead.len())?;
        for it in dead {
            writeln!(
                f,
                "  {}  {} of ticket {} to {}, after {} attempts: {}",
                it.id,
                it.kind,
                it.ticket,
                it.target.as_deref().unwrap_or("nobody known"),
                it.attempts,
                it.reason.as_deref().unwrap_or("-")
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for Redriven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for it in &self.streams {
            write!(f, "{} {}: {} applied", it.view, it.stream, it.applied)?;
            match &it.still {
                Some(why) => writeln!(f, ", STILL PARKED: {why}")?,
                None => writeln!(f, ", follows the log again")?,
            }
        }
        let still = self.streams.iter().filter(|it| it.still.is_some()).count();
        writeln!(
            f,
            "{} streams tried, {still} still parked",
            self.streams.len()
        )?;
        match self.deliveries {
            Some(deliveries) => writeln!(f, "{deliveries} deliveries set going again"),
            None => Ok(()),
        }
    }
}
