//! Memory in large pages, where the system grants them.
//!
//! A search reads a few hundred places that are far apart. With pages of four kilobytes each of them also misses the
//! translation of its address; with pages of two megabytes few do.
#![expect(unsafe_code, reason = "advice about memory is given by address")]

use std::collections::TryReserveError;

/// Lists smaller than this are not worth the call.
#[cfg(target_os = "linux")]
const WORTH_IT: usize = 4 << 20;

/// A list of zeros.
pub(super) fn zeroed<T: Copy + Default>(count: usize) -> Vec<T> {
    let list = vec![T::default(); count];
    advise(&list);
    list
}

/// An empty list with room for as many elements.
pub(super) fn list<T>(count: usize) -> Vec<T> {
    let list = Vec::with_capacity(count);
    advise(&list);
    list
}

/// An empty list with room for as many elements, or the news that there is none.
pub(super) fn reserved<T>(count: usize) -> Result<Vec<T>, TryReserveError> {
    let mut list = Vec::new();
    list.try_reserve_exact(count)?;
    advise(&list);
    Ok(list)
}

#[cfg(target_os = "linux")]
fn advise<T>(list: &Vec<T>) {
    let page = rustix::param::page_size();
    let start = list.as_ptr().addr().next_multiple_of(page);
    let end = (list.as_ptr().addr() + list.capacity() * size_of::<T>()) / page * page;
    if end.saturating_sub(start) < WORTH_IT {
        return;
    }
    let start = list.as_ptr().with_addr(start).cast_mut().cast();
    // SAFETY: the range lies within the memory of the list, and the advice changes how the memory is mapped, not what
    // it holds. A system that declines leaves the pages as they are, so the answer does not matter.
    let _ = unsafe { rustix::mm::madvise(start, end - start.addr(), rustix::mm::Advice::LinuxHugepage) };
}

#[cfg(not(target_os = "linux"))]
fn advise<T>(_: &Vec<T>) {}
