//! Splits a body that is still arriving into lines. It holds one line at a time, and of one that
//! is too long nothing.

use axum::body::{Body, BodyDataStream, Bytes};
use bytes::{Buf as _, BytesMut};
use futures::StreamExt as _;

/// The lines of a body.
pub(super) struct Lines {
    body: BodyDataStream,
    held: BytesMut,
    /// How much of `held` has been looked through for a line's end.
    seen: usize,
    max: usize,
    /// Whether the start of the current line was thrown away for its length.
    skipping: bool,
    ended: bool,
}

/// One line, without its line feed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Its bytes.
    Whole(Bytes),
    /// It has more than the allowed bytes.
    TooLong,
}

impl Lines {
    pub(super) fn new(body: Body, max: usize) -> Self {
        Self {
            body: body.into_data_stream(),
            held: BytesMut::new(),
            seen: 0,
            max,
            skipping: false,
            ended: false,
        }
    }

    /// The next line; `None` at the end, `Err` if the body breaks off.
    pub(super) async fn next(&mut self) -> Result<Option<Line>, axum::Error> {
        loop {
            if let Some(line) = self.split() {
                return Ok(Some(line));
            }
            if self.ended {
                return Ok(self.last());
            }
            match self.body.next().await {
                Some(chunk) => self.held.extend_from_slice(&chunk?),
                None => self.ended = true,
            }
        }
    }

    /// Takes a line off the front, if a whole one is there.
    fn split(&mut self) -> Option<Line> {
        let end = self.held[self.seen..]
            .iter()
            .position(|byte| *byte == b'\n');
        let Some(end) = end.map(|end| end + self.seen) else {
            if self.held.len() > self.max {
                self.held.clear();
                self.skipping = true;
            }
            self.seen = self.held.len();
            return None;
        };
        let line = self.held.split_to(end).freeze();
        self.held.advance(1);
        self.seen = 0;
        Some(self.finish(line))
    }

    fn last(&mut self) -> Option<Line> {
        self.seen = 0;
        let line = self.held.split().freeze();
        (self.skipping || !line.is_empty()).then(|| self.finish(line))
    }

    fn finish(&mut self, line: Bytes) -> Line {
        if std::mem::take(&mut self.skipping) || line.len() > self.max {
            return Line::TooLong;
        }
        Line::Whole(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn lines(chunks: &[&'static str], max: usize) -> Vec<Line> {
        let chunks: Vec<Result<_, std::io::Error>> =
            chunks.iter().map(|chunk| Ok(Bytes::from(*chunk))).collect();
        let body = Body::from_stream(futures::stream::iter(chunks));
        let mut lines = Lines::new(body, max);
        let mut found = Vec::new();
        while let Some(line) = lines.next().await.expect("a whole body") {
            found.push(line);
        }
        found
    }

    fn whole(text: &'static str) -> Line {
        Line::Whole(Bytes::from(text))
    }

    #[tokio::test]
    async fn lines_are_found_wherever_the_chunks_break() {
        let expected = [whole("ab"), whole(""), whole("cd")];
        assert_eq!(lines(&["ab\n\ncd"], 9).await, expected);
        assert_eq!(lines(&["a", "b", "\n", "\nc", "d\n"], 9).await, expected);
        assert_eq!(lines(&[], 9).await, []);
    }

    #[tokio::test]
    async fn a_line_that_is_too_long_costs_its_neighbours_nothing() {
        let expected = [whole("ab"), Line::TooLong, whole("cd"), Line::TooLong];
        assert_eq!(lines(&["ab\n12345\ncd\n123456"], 4).await, expected);
        assert_eq!(
            lines(&["ab\n123", "45", "678", "9\ncd\n", "123", "456"], 4).await,
            expected
        );
    }
}
