//! The bits of entropy-coded data, without the zeros that are stuffed behind bytes of ones.

/// Reads bits from the most significant on. Behind the end there are zeros, and [`Bits::overrun`] tells that some of
/// them were taken.
///
/// Small enough to live in registers: whatever is seldom done takes and gives it by value.
#[derive(Clone, Copy)]
pub(super) struct Bits<'a> {
    data: &'a [u8],
    at: usize,
    /// The next bits, the first one uppermost.
    held: u64,
    /// How many bits are held.
    count: u32,
    /// How many of the held and taken bits since the last start are not from the data.
    made_up: u32,
}

impl<'a> Bits<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        Self { data, at: 0, held: 0, count: 0, made_up: 0 }
    }

    /// Holds at least 32 bits afterwards: enough for the longest code and the longest value.
    #[inline(always)]
    pub(super) fn refill(&mut self) {
        if self.count > 32 {
            return;
        }
        if let Some(&bytes) = self.data.get(self.at..).and_then(<[u8]>::first_chunk::<4>) {
            let word = u32::from_be_bytes(bytes);
            // Whether any of the four bytes is 0xFF, by the usual trick for a byte of zeros in the complement.
            if (!word).wrapping_sub(0x0101_0101) & word & 0x8080_8080 == 0 {
                self.held |= u64::from(word) << (32 - self.count);
                self.count += 32;
                self.at += 4;
                return;
            }
        }
        *self = self.refilled_slowly();
    }

    #[cold]
    #[inline(never)]
    fn refilled_slowly(mut self) -> Self {
        while self.count <= 56 {
            let byte = match self.data[self.at.min(self.data.len())..] {
                [0xFF, 0, ..] => {
                    self.at += 2;
                    0xFF
                }
                // A mark, or a byte of ones at the very end.
                [0xFF, ..] | [] => {
                    self.made_up = self.made_up.saturating_add(8);
                    0
                }
                [byte, ..] => {
                    self.at += 1;
                    byte
                }
            };
            self.held |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
        self
    }

    /// The next bits, 1 to 16, without taking them.
    #[inline(always)]
    pub(super) fn peek(&self, bits: u32) -> u64 {
        self.held >> (64 - bits)
    }

    /// Drops bits that were looked at; no more than are held.
    #[inline(always)]
    pub(super) fn consume(&mut self, bits: u32) {
        self.held <<= bits;
        self.count = self.count.wrapping_sub(bits);
    }

    /// Takes 1 to 16 bits.
    #[inline(always)]
    pub(super) fn take(&mut self, bits: u32) -> u32 {
        let value = self.peek(bits) as u32;
        self.consume(bits);
        value
    }

    /// Whether bits were taken that the data does not have.
    pub(super) fn overrun(&self) -> bool {
        self.made_up > self.count
    }

    /// Goes behind the restart mark of this number (0 to 7); false when it does not stand here.
    pub(super) fn restart(&mut self, number: u8) -> bool {
        let mut at = self.at;
        while let Some([0xFF, 0xFF]) = self.data.get(at..at + 2) {
            at += 1;
        }
        if self.data.get(at..at + 2) != Some(&[0xFF, 0xD0 | number]) {
            return false;
        }
        *self = Self { data: self.data, at: at + 2, held: 0, count: 0, made_up: 0 };
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stuffed_zeros_vanish_and_marks_end_the_data() {
        let mut bits = Bits::new(&[0xFF, 0x00, 0x12, 0x34, 0x56, 0x78, 0x9A, 0xFF, 0x00, 0xFF, 0xD3, 0xC0]);
        let mut taken = Vec::new();
        for _ in 0..7 {
            bits.refill();
            taken.push(bits.take(8));
            assert!(!bits.overrun());
        }
        assert_eq!(taken, [0xFF, 0x12, 0x34, 0x56, 0x78, 0x9A, 0xFF]);
        assert!(!bits.restart(2));
        assert!(bits.restart(3));
        bits.refill();
        assert_eq!(bits.take(3), 0b110);
        assert!(!bits.overrun());
        bits.take(8);
        assert!(bits.overrun());
    }
}
