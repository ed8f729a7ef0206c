//! Huffman tables, laid out so that one look tells a whole coefficient most of the time.

use super::bits::Bits;

/// Bits that the first look takes in.
const LOOK: u32 = 10;
/// The longest code.
const LONGEST: u32 = 16;

/// A Huffman table of the file.
pub(super) struct Table {
    /// For the next [`LOOK`] bits: the whole coefficient, where code and value fit into them.
    whole: Box<[Whole; 1 << LOOK]>,
    /// For the next [`LOOK`] bits: length and symbol of the code, length 0 where it is longer.
    codes: Box<[(u8, u8); 1 << LOOK]>,
    /// For each length, the first code that is longer, brought to 16 bits, and what to add to a code of that length for
    /// the place of its symbol.
    longer: [(u32, i32); LONGEST as usize + 1],
    symbols: Vec<u8>,
}

/// A code and the value behind it, read at once.
#[derive(Clone, Copy, Default)]
pub(super) struct Whole {
    /// Bits of both; 0 where they are more than a look takes in.
    pub(super) length: u8,
    /// Coefficients of zero in front.
    pub(super) skip: u8,
    /// 0 where there is none: a run of zeros or the end of the block.
    pub(super) value: i16,
}

/// What stands for the end of a block: a run beyond it.
const TO_THE_END: u8 = 64;

impl Table {
    /// The table with so many codes of each length from 1 to 16; `None` where there are more than can be.
    pub(super) fn new(counts: &[u8; LONGEST as usize], symbols: &[u8]) -> Option<Self> {
        let mut table = Self {
            whole: Box::new([Whole::default(); 1 << LOOK]),
            codes: Box::new([(0, 0); 1 << LOOK]),
            longer: [(0, 0); LONGEST as usize + 1],
            symbols: symbols.to_vec(),
        };
        let (mut code, mut place) = (0_u32, 0_usize);
        for (length, &count) in (1..=LONGEST).zip(counts) {
            table.longer[length as usize].1 = place as i32 - code as i32;
            for &symbol in symbols.get(place..place + usize::from(count))? {
                if code >> length != 0 {
                    return None;
                }
                if length <= LOOK {
                    table.fill(code, length, symbol);
                }
                code += 1;
                place += 1;
            }
            table.longer[length as usize].0 = code << (LONGEST - length);
            code <<= 1;
        }
        Some(table)
    }

    /// Enters a code of at most [`LOOK`] bits wherever a look can begin with it.
    fn fill(&mut self, code: u32, length: u32, symbol: u8) {
        let first = (code << (LOOK - length)) as usize;
        for look in first..first + (1 << (LOOK - length)) {
            self.codes[look] = (length as u8, symbol);
            let (skip, size) = (symbol >> 4, u32::from(symbol & 15));
            let rest = LOOK - length;
            self.whole[look] = match (skip, size) {
                (0, 0) => Whole { length: length as u8, skip: TO_THE_END, value: 0 },
                (15, 0) => Whole { length: length as u8, skip: 16, value: 0 },
                (_, 0) => Whole { length: length as u8, skip: TO_THE_END, value: 0 },
                _ if size <= rest => {
                    let raw = (look as u32 >> (rest - size)) & ((1 << size) - 1);
                    Whole { length: (length + size) as u8, skip, value: extend(raw, size) as i16 }
                }
                _ => Whole::default(),
            };
        }
    }

    /// The next symbol.
    #[inline(always)]
    pub(super) fn symbol(&self, bits: &mut Bits<'_>) -> u8 {
        let (length, symbol) = self.codes[bits.peek(LOOK) as usize];
        if length != 0 {
            bits.consume(length.into());
            return symbol;
        }
        let symbol;
        (symbol, *bits) = self.long_symbol(*bits);
        symbol
    }

    #[cold]
    #[inline(never)]
    fn long_symbol<'a>(&self, mut bits: Bits<'a>) -> (u8, Bits<'a>) {
        let look = bits.peek(LONGEST) as u32;
        for length in LOOK + 1..=LONGEST {
            let (end, offset) = self.longer[length as usize];
            if look < end {
                bits.consume(length);
                let place = (look >> (LONGEST - length)) as i32 + offset;
                let symbol = usize::try_from(place).ok().and_then(|place| self.symbols.get(place));
                return (symbol.copied().unwrap_or(0), bits);
            }
        }
        // No code begins like this. The zeros that follow run the data out or end the block.
        bits.consume(LONGEST);
        (0, bits)
    }

    /// The difference of a constant coefficient to the one before.
    #[inline(always)]
    pub(super) fn difference(&self, bits: &mut Bits<'_>) -> i32 {
        bits.refill();
        let size = u32::from(self.symbol(bits) & 15);
        if size == 0 { 0 } else { extend(bits.take(size), size) }
    }

    /// The next coefficient that is not zero, or the end of the block. The bits were refilled.
    #[inline(always)]
    pub(super) fn coefficient(&self, bits: &mut Bits<'_>) -> Whole {
        let whole = self.whole[bits.peek(LOOK) as usize];
        if whole.length != 0 {
            bits.consume(whole.length.into());
            return whole;
        }
        let symbol = self.symbol(bits);
        let (skip, size) = (symbol >> 4, u32::from(symbol & 15));
        match (skip, size) {
            (15, 0) => Whole { length: 0, skip: 16, value: 0 },
            (_, 0) => Whole { length: 0, skip: TO_THE_END, value: 0 },
            _ => Whole { length: 0, skip, value: extend(bits.take(size), size) as i16 },
        }
    }
}

/// Bits that a jump takes in.
const JUMP: u32 = 12;
/// What an advance has added to it where the block ends.
const ENDS: u8 = 128;

/// A table of how far the coefficients of a block go, for whoever wants none of them.
pub(super) struct Jumps<'a> {
    table: &'a Table,
    /// For the next [`JUMP`] bits: how many of them the whole coefficients among them take, and how many places these
    /// are on, with [`ENDS`] added where the end of the block is the last of them. No bits where not even one is whole.
    far: Box<[(u8, u8); 1 << JUMP]>,
}

impl<'a> Jumps<'a> {
    pub(super) fn new(table: &'a Table) -> Self {
        let mut far = Box::new([(0, 0); 1 << JUMP]);
        for (look, entry) in far.iter_mut().enumerate() {
            *entry = table.jump(look);
        }
        Self { table, far }
    }

    /// Goes to the end of a block whose constant was read.
    #[inline(always)]
    pub(super) fn skip_block(&self, bits: &mut Bits<'_>) {
        let mut index = 1_usize;
        while index < 64 {
            bits.refill();
            let (length, places) = self.far[bits.peek(JUMP) as usize];
            let next = index + usize::from(places);
            let ends = next > 64;
            // Beyond the last coefficient lies the next block: then one step at a time.
            if length != 0 && (!ends || (next > usize::from(ENDS) && next < usize::from(ENDS) + 64)) {
                bits.consume(length.into());
                index = next;
                continue;
            }
            let one = self.table.coefficient(bits);
            index += usize::from(one.skip) + usize::from(one.value != 0);
        }
    }
}

impl Table {
    /// What [`Jumps`] has for these bits.
    fn jump(&self, look: usize) -> (u8, u8) {
        let (mut length, mut places) = (0_u32, 0_u8);
        loop {
            let rest = look << length & ((1 << JUMP) - 1);
            let whole = self.whole[rest >> (JUMP - LOOK)];
            let size = u32::from(whole.length);
            if size == 0 || length + size > JUMP {
                return (length as u8, places);
            }
            if whole.skip == TO_THE_END {
                return ((length + size) as u8, places + ENDS);
            }
            let on = places + whole.skip + u8::from(whole.value != 0);
            if on > 63 {
                return (length as u8, places);
            }
            (length, places) = (length + size, on);
        }
    }
}

/// The value that `size` bits stand for (1 to 15): those that begin with 0 are negative.
#[inline(always)]
fn extend(raw: u32, size: u32) -> i32 {
    let raw = raw as i32;
    if raw < 1 << (size - 1) { raw - (1 << size) + 1 } else { raw }
}
