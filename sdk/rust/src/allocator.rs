//! Small allocations of a plugin: a free list for each size, cut from chunks that the standard allocator gives.
//!
//! A hook call makes a few dozen small allocations, most of them for what the host hands over. So they take a few
//! instructions each, and stand side by side: a pristine instance then writes to few pages, and each costs its reset.
#![expect(unsafe_code, reason = "this is an allocator")]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::UnsafeCell,
    ptr::{self, NonNull},
};

/// The step from one size to the next, and the alignment of all of them.
const STEP: usize = 16;
/// Sizes up to 512 bytes. Larger ones are seldom, and go to the standard allocator.
const SIZES: usize = 32;
const CHUNK: usize = 4096;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator(UnsafeCell::new(Small {
    free: [None; SIZES],
    next: ptr::null_mut(),
    left: 0,
}));

/// Begins at a page of its own: what calls allocate is then not scattered over the holes that `configure` left.
pub(crate) fn tidy() {
    // SAFETY: as in `small`; nothing else uses the allocator meanwhile.
    unsafe {
        let small = &mut *ALLOCATOR.0.get();
        small.free = [None; SIZES];
        small.refill();
    }
}

struct Allocator(UnsafeCell<Small>);

// SAFETY: the targets of plugins have one thread.
unsafe impl Sync for Allocator {}

struct Small {
    free: [Option<NonNull<Free>>; SIZES],
    next: *mut u8,
    left: usize,
}

/// A freed allocation, and the one of this size that was freed before it.
struct Free(Option<NonNull<Free>>);

// SAFETY: an allocation belongs to the same of both allocators all its life, since that is decided by its layout, and
// `realloc` is told the old one.
unsafe impl GlobalAlloc for Allocator {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        match size(layout) {
            // SAFETY: one thread, and no call within another.
            Some(size) => unsafe { (*self.0.get()).take(size) },
            // SAFETY: the caller's promise.
            None => unsafe { System.alloc(layout) },
        }
    }

    #[inline]
    unsafe fn dealloc(&self, start: *mut u8, layout: Layout) {
        match size(layout) {
            // SAFETY: as above; `start` came from `take` with the same size.
            Some(size) => unsafe { (*self.0.get()).give(start.cast(), size) },
            // SAFETY: the caller's promise.
            None => unsafe { System.dealloc(start, layout) },
        }
    }

    unsafe fn realloc(&self, start: *mut u8, old: Layout, bytes: usize) -> *mut u8 {
        // SAFETY: the caller's promise: `bytes`, rounded up to the alignment, does not overflow.
        let new = unsafe { Layout::from_size_align_unchecked(bytes, old.align()) };
        match (size(old), size(new)) {
            (Some(before), Some(after)) if before == after => start,
            // SAFETY: the caller's promise.
            (None, None) => unsafe { System.realloc(start, old, bytes) },
            // SAFETY: both are as long as what is copied, and they are two.
            _ => unsafe {
                let moved = self.alloc(new);
                if !moved.is_null() {
                    ptr::copy_nonoverlapping(start, moved, old.size().min(bytes));
                    self.dealloc(start, old);
                }
                moved
            },
        }
    }
}

/// Which of the small sizes serves a layout; none for large ones.
#[inline]
fn size(layout: Layout) -> Option<usize> {
    let size = layout.size().wrapping_sub(1) / STEP;
    (size < SIZES && layout.align() <= STEP).then_some(size)
}

impl Small {
    #[inline]
    unsafe fn take(&mut self, size: usize) -> *mut u8 {
        if let Some(free) = self.free[size] {
            // SAFETY: whatever is in a list was an allocation of this size, and holds its neighbour since.
            self.free[size] = unsafe { free.read() }.0;
            return free.as_ptr().cast();
        }
        let bytes = (size + 1) * STEP;
        if self.left < bytes && !self.refill() {
            return ptr::null_mut();
        }
        let start = self.next;
        self.left -= bytes;
        self.next = start.wrapping_add(bytes);
        start
    }

    #[inline]
    unsafe fn give(&mut self, free: *mut Free, size: usize) {
        // SAFETY: it is at least 16 bytes, aligned to them, and nobody else's any more.
        unsafe { free.write(Free(self.free[size])) };
        self.free[size] = NonNull::new(free);
    }

    /// Begins another chunk. What is left of the last one is given up.
    #[cold]
    fn refill(&mut self) -> bool {
        // SAFETY: neither is zero, and the alignment is a power of two.
        self.next = unsafe { System.alloc(Layout::from_size_align_unchecked(CHUNK, CHUNK)) };
        self.left = if self.next.is_null() { 0 } else { CHUNK };
        self.left != 0
    }
}
