//! What differs from machine to machine: comparing many short words at once, and asking for memory before it is read.
//!
//! A [`Task`] is written once, for any [`Machine`], and is compiled once for each. [`run`] picks the best one that this
//! machine has. To add a machine: implement the trait, test it against [`Portable`], and give it a branch in [`run`].
#![expect(
    unsafe_code,
    reason = "vector instructions and prefetching have no safe form; each use states why it is sound"
)]

/// How many words [`Machine::near`] compares at once.
pub(super) const LANES: usize = 32;

/// The operations that a search spends its time in.
pub(super) trait Machine: Copy {
    /// A mask of the words that differ from `asked` in at most `limit` bits; the lowest bit is the first word.
    fn near(self, words: &[u16; LANES], asked: u16, limit: u16) -> u32;
}

/// Work that is compiled for every machine. `run` should be `#[inline(always)]`, and so should what it spends its time
/// in: a function that is not inlined is compiled for the portable machine.
pub(super) trait Task {
    /// Does the work with the operations of this machine.
    fn run<M: Machine>(self, machine: M);
}

/// Does the work on the best machine there is.
pub(super) fn run(task: impl Task) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::is_x86_feature_detected as has;
        let wide = has!("avx512f") && has!("avx512bw") && has!("avx512vl");
        if wide && has!("avx512bitalg") && has!("avx512vpopcntdq") && has!("avx2") && has!("popcnt") {
            // SAFETY: the features that the function is compiled for were found just now.
            return unsafe { x86::run_avx512(task) };
        }
        if has!("avx2") && has!("popcnt") {
            // SAFETY: as above.
            return unsafe { x86::run_avx2(task) };
        }
    }
    task.run(Portable);
}

/// Asks for the memory that holds this element, which need not exist, soon to be read.
#[inline(always)]
pub(super) fn prefetch<T>(slice: &[T], at: usize) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch reads nothing and faults on no address, and every x86-64 has it.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(slice.as_ptr().wrapping_add(at).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (slice, at);
}

/// Any machine.
#[derive(Clone, Copy)]
pub(super) struct Portable;

impl Machine for Portable {
    #[inline(always)]
    fn near(self, words: &[u16; LANES], asked: u16, limit: u16) -> u32 {
        let mut mask = 0;
        for (lane, word) in words.iter().enumerate() {
            mask |= u32::from((word ^ asked).count_ones() <= u32::from(limit)) << lane;
        }
        mask
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        _mm256_add_epi8, _mm256_and_si256, _mm256_cmpgt_epi16, _mm256_loadu_si256, _mm256_maddubs_epi16,
        _mm256_movemask_epi8, _mm256_packs_epi16, _mm256_permute4x64_epi64, _mm256_set1_epi8,
        _mm256_set1_epi16, _mm256_setr_epi8, _mm256_shuffle_epi8, _mm256_srli_epi16, _mm256_xor_si256,
        _mm512_cmple_epu16_mask, _mm512_loadu_epi16, _mm512_popcnt_epi16, _mm512_set1_epi16,
        _mm512_xor_si512,
    };

    use super::{LANES, Machine, Task};

    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512bitalg,avx512vpopcntdq,avx2,popcnt")]
    pub(super) fn run_avx512(task: impl Task) {
        task.run(Avx512(()));
    }

    #[target_feature(enable = "avx2,popcnt")]
    pub(super) fn run_avx2(task: impl Task) {
        task.run(Avx2(()));
    }

    /// AVX-512 with its counting of bits. Only [`run_avx512`] makes one.
    #[derive(Clone, Copy)]
    pub(super) struct Avx512(pub(super) ());

    impl Machine for Avx512 {
        #[inline(always)]
        fn near(self, words: &[u16; LANES], asked: u16, limit: u16) -> u32 {
            // SAFETY: the value exists only on a machine that has the features.
            unsafe { near_avx512(words, asked, limit) }
        }
    }

    /// AVX2. Only [`run_avx2`] makes one.
    #[derive(Clone, Copy)]
    pub(super) struct Avx2(pub(super) ());

    impl Machine for Avx2 {
        #[inline(always)]
        fn near(self, words: &[u16; LANES], asked: u16, limit: u16) -> u32 {
            // SAFETY: the value exists only on a machine that has the features.
            unsafe { near_avx2(words, asked, limit) }
        }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512bitalg")]
    fn near_avx512(words: &[u16; LANES], asked: u16, limit: u16) -> u32 {
        // SAFETY: the array is exactly the 64 bytes that are read.
        let words = unsafe { _mm512_loadu_epi16(words.as_ptr().cast()) };
        let differing = _mm512_xor_si512(words, _mm512_set1_epi16(asked.cast_signed()));
        _mm512_cmple_epu16_mask(_mm512_popcnt_epi16(differing), _mm512_set1_epi16(limit.cast_signed()))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn near_avx2(words: &[u16; LANES], asked: u16, limit: u16) -> u32 {
        // How many bits each number below sixteen has, once for each half of the vector.
        let ones = _mm256_setr_epi8(
            0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,
        );
        let low = _mm256_set1_epi8(15);
        let asked = _mm256_set1_epi16(asked.cast_signed());
        let limit = _mm256_set1_epi16(limit.cast_signed());
        let far = |half: usize| {
            // SAFETY: the array has 64 bytes, and `half` is 0 or 1.
            let words = unsafe { _mm256_loadu_si256(words.as_ptr().add(half * LANES / 2).cast()) };
            let differing = _mm256_xor_si256(words, asked);
            let lower = _mm256_shuffle_epi8(ones, _mm256_and_si256(differing, low));
            let upper = _mm256_shuffle_epi8(ones, _mm256_and_si256(_mm256_srli_epi16::<4>(differing), low));
            let counts = _mm256_maddubs_epi16(_mm256_add_epi8(lower, upper), _mm256_set1_epi8(1));
            _mm256_cmpgt_epi16(counts, limit)
        };
        // Packing works within halves of a vector; the permutation puts the words back in order.
        let packed = _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_packs_epi16(far(0), far(1)));
        !_mm256_movemask_epi8(packed).cast_unsigned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Compare;

    impl Task for Compare {
        fn run<M: Machine>(self, machine: M) {
            let mut seed = 1_u64;
            for _ in 0..2000 {
                let words: [u16; LANES] = std::array::from_fn(|_| {
                    seed = seed.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
                    (seed >> 40) as u16
                });
                for limit in [0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 300] {
                    for asked in [words[3], words[30] ^ 0x8001, 0, u16::MAX] {
                        assert_eq!(machine.near(&words, asked, limit), Portable.near(&words, asked, limit));
                    }
                }
            }
        }
    }

    #[test]
    fn every_machine_compares_like_the_portable_one() {
        run(Compare);
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("popcnt") {
            // SAFETY: the features were found just now.
            unsafe { x86::run_avx2(Compare) };
        }
    }
}
