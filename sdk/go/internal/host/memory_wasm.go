package host

import "unsafe"

// The host writes arguments and results to memory that it asks this for. Most fit in room that is there from the start,
// so that a call makes the collector no work before it has begun.
var (
	room [8 << 10]uint64
	used uintptr
	held [][]uint64
)

//go:wasmexport cabi_realloc
func realloc(old unsafe.Pointer, oldSize, align, size uint32) unsafe.Pointer {
	grown := allocate(uintptr(size))
	if oldSize > 0 {
		copy(unsafe.Slice((*byte)(grown), size), unsafe.Slice((*byte)(old), oldSize))
	}
	return grown
}

func allocate(size uintptr) unsafe.Pointer {
	size = (size + 7) &^ 7
	if used+size <= unsafe.Sizeof(room) {
		begin := unsafe.Pointer(uintptr(unsafe.Pointer(&room)) + used)
		used += size
		return begin
	}
	large := make([]uint64, size/8+1)
	held = append(held, large)
	return unsafe.Pointer(&large[0])
}

// Release frees what the host has written in a call that is over.
func Release() {
	used, held = 0, nil
}

// text is where a string or list stands in memory, as the host writes it: Go's own pointers have 64 bits.
type text struct{ data, size uint32 }

func at(data unsafe.Pointer, count int) text { return text{uint32(uintptr(data)), uint32(count)} }

func of(s string) text { return at(unsafe.Pointer(unsafe.StringData(s)), len(s)) }

func (t text) pointer() unsafe.Pointer { return unsafe.Pointer(uintptr(t.data)) }

func (t text) raw() []byte { return unsafe.Slice((*byte)(t.pointer()), t.size) }

// What the host has written is copied: its memory serves the next call.
func (t text) string() string { return string(t.raw()) }

func (t text) bytes() []byte { return append([]byte{}, t.raw()...) }

// Text is a string at an address.
func Text(data, size uint32) string { return text{data, size}.string() }

// Bytes are bytes at an address.
func Bytes(data, size uint32) []byte { return text{data, size}.bytes() }

// Texts are the strings of a list.
func Texts(data, count uint32) []string {
	texts := make([]string, count)
	for i, text := range unsafe.Slice((*text)(text{data, count}.pointer()), count) {
		texts[i] = text.string()
	}
	return texts
}

type pair struct{ name, value text }

func listed(pairs []Pair) []pair {
	list := make([]pair, len(pairs))
	for i, p := range pairs {
		list[i] = pair{of(p.Name), of(p.Value)}
	}
	return list
}

func (t text) pairs() []Pair {
	pairs := make([]Pair, t.size)
	for i, p := range unsafe.Slice((*pair)(t.pointer()), t.size) {
		pairs[i] = Pair{p.name.string(), p.value.string()}
	}
	return pairs
}
