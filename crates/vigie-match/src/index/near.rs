//! PDQ hashes, few or many: which structure holds them.

use std::io::{self, Read, Write};
use std::ops::Range;

use super::Tuning;
use super::ring::Ring;
use super::rows::{Owners, Rows};
use super::saved::{In, LoadError, Out};
use super::scan::Scan;
use super::shelf::Segment;
use crate::signal::Pdq;

/// PDQ hashes, found within a distance.
pub(super) enum Near {
    /// Few.
    Scan(Scan),
    /// Many.
    Ring(Ring),
}

impl Near {
    /// Reports every hash within `radius` of each asked one: the place of the asked one, the position of the known one,
    /// the known one, and the distance.
    pub(super) fn within(&self, asked: &[Pdq], radius: u32, found: &mut dyn FnMut(usize, u32, Pdq, u32)) {
        match self {
            Self::Scan(scan) => scan.within(asked, radius, found),
            Self::Ring(ring) => ring.within(asked, radius, found),
        }
    }
}

impl Segment for Near {
    type Key = Pdq;

    fn build(rows: Rows<Pdq>, tuning: &Tuning) -> (Self, Owners) {
        if rows.len() < tuning.scan_below {
            let (scan, owners) = Scan::build(rows, tuning);
            return (Self::Scan(scan), owners);
        }
        let (ring, owners) = Ring::build(rows, tuning);
        (Self::Ring(ring), owners)
    }

    fn key(&self, at: u32) -> Pdq {
        match self {
            Self::Scan(scan) => scan.key(at),
            Self::Ring(ring) => ring.key(at),
        }
    }

    fn keys(&self) -> Vec<Pdq> {
        match self {
            Self::Scan(scan) => scan.keys(),
            Self::Ring(ring) => ring.keys(),
        }
    }

    fn equal(&self, key: &Pdq) -> Range<u32> {
        match self {
            Self::Scan(scan) => scan.equal(key),
            Self::Ring(ring) => ring.equal(key),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Scan(scan) => scan.len(),
            Self::Ring(ring) => ring.len(),
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Scan(scan) => scan.bytes(),
            Self::Ring(ring) => ring.bytes(),
        }
    }

    fn save(&self, out: &mut Out<impl Write>) -> io::Result<()> {
        match self {
            Self::Scan(scan) => {
                out.number(0_u8)?;
                scan.save(out)
            }
            Self::Ring(ring) => {
                out.number(1_u8)?;
                ring.save(out)
            }
        }
    }

    fn load(from: &mut In<impl Read>) -> Result<Self, LoadError> {
        match from.number()? {
            0_u8 => Scan::load(from).map(Self::Scan),
            1 => Ring::load(from).map(Self::Ring),
            _ => Err(LoadError::Altered),
        }
    }
}
