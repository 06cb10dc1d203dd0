//! The clock on the shop's wall, which runs faster than others.
//!
//! It stands still while nobody can begin what is due: a machine that can't keep up makes the day
//! longer, not another one.

use std::time::Duration;

use tokio::time::Instant;

use super::plan::OPENS_AT;

/// Shop time, as time since the doors opened.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    opened: Instant,
    speed_up: u32,
    /// How long it stood still, in shop time.
    stood: Duration,
}

impl Clock {
    /// The doors open now.
    pub(super) fn start(speed_up: u32) -> Self {
        Self {
            opened: Instant::now(),
            speed_up,
            stood: Duration::ZERO,
        }
    }

    pub(super) fn now(&self) -> Duration {
        (self.opened.elapsed() * self.speed_up).saturating_sub(self.stood)
    }

    /// When it will be that time in the shop.
    pub(super) fn when(&self, at: Duration) -> Instant {
        self.opened + (at + self.stood) / self.speed_up
    }

    /// It isn't later yet than that.
    pub(super) fn hold(&mut self, at: Duration) {
        self.stood += self.now().saturating_sub(at);
    }

    /// How much faster than real it has run altogether.
    pub(super) fn pace(&self) -> f64 {
        self.now().as_secs_f64() / self.opened.elapsed().as_secs_f64().max(0.001)
    }
}

/// As it shows on the wall.
pub(super) fn wall(at: Duration) -> String {
    let minutes = (OPENS_AT + at).as_secs() / 60;
    format!("{:02}:{:02}", minutes / 60 % 24, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_runs_fast_and_stands_still_while_it_is_held() {
        let mut clock = Clock::start(60);
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(clock.now(), Duration::from_mins(2));
        clock.hold(Duration::from_mins(1));
        assert_eq!(clock.now(), Duration::from_mins(1));
        let soon = clock.when(Duration::from_mins(3));
        assert_eq!(soon - Instant::now(), Duration::from_secs(2));
        assert!((clock.pace() - 30.0).abs() < 0.1, "{}", clock.pace());
        assert_eq!(wall(Duration::from_mins(90)), "08:30");
    }
}
