//! Lines of a text, one at a time, none longer than is reasonable: a list is read in little memory whatever it holds.

use std::io::{BufRead, Read as _};

use super::{Listed, faulty};

/// Bytes of the longest line that is read: a long video has about three million.
pub(super) const LONGEST: u64 = 1 << 22;

/// Lines with their numbers, from 1; comments and empty lines are left out. After a failure to read there is no more.
pub(super) struct Lines<R> {
    input: R,
    line: u64,
    ended: bool,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn of(input: R) -> Self {
        Self { input, line: 0, ended: false }
    }

    fn read_line(&mut self) -> Option<Result<(u64, String), Listed>> {
        let mut bytes = Vec::new();
        let read = self.input.by_ref().take(LONGEST + 1).read_until(b'\n', &mut bytes);
        self.line += 1;
        match read {
            Err(_) => {
                self.ended = true;
                Some(Err(faulty(self.line, "the list cannot be read any further")))
            }
            Ok(0) => None,
            Ok(read) if read as u64 > LONGEST => {
                self.skip_rest(&bytes);
                Some(Err(faulty(self.line, "it is longer than 4 MiB")))
            }
            Ok(_) => Some(match String::from_utf8(bytes) {
                Ok(text) => Ok((self.line, text.trim_start_matches('\u{feff}').trim().to_owned())),
                Err(_) => Err(faulty(self.line, "it is not UTF-8 text")),
            }),
        }
    }

    fn skip_rest(&mut self, read: &[u8]) {
        if read.ends_with(b"\n") {
            return;
        }
        loop {
            let Ok(buffer) = self.input.fill_buf() else { return };
            let (length, found) = match buffer.iter().position(|byte| *byte == b'\n') {
                Some(end) => (end + 1, true),
                None => (buffer.len(), buffer.is_empty()),
            };
            self.input.consume(length);
            if found {
                return;
            }
        }
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = Result<(u64, String), Listed>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            match self.read_line()? {
                Ok((_, text)) if text.is_empty() || text.starts_with('#') => {}
                line => return Some(line),
            }
        }
        None
    }
}
