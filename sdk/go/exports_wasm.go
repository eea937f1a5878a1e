package wasmgate

import (
	"unsafe"

	"wasmgate/internal/host"
)

// What the canonical ABI returns by address: kept here until the host has read it.
var returned struct {
	words [5]uint32
	data  [2][]byte
}

func place(word, number int, data []byte) {
	returned.data[number] = data
	returned.words[word] = uint32(uintptr(unsafe.Pointer(unsafe.SliceData(data))))
	returned.words[word+1] = uint32(len(data))
}

func address() unsafe.Pointer { return unsafe.Pointer(&returned.words) }

//go:wasmexport wasmgate:plugin/setup@0.1.0#describe
func exportDescribe() unsafe.Pointer {
	place(0, 0, describe())
	return address()
}

//go:wasmexport wasmgate:plugin/setup@0.1.0#configure
func exportConfigure(entries, count uint32) unsafe.Pointer {
	host.Begin()
	answer, ok := configure(host.Texts(entries, count))
	host.Release()
	returned.words[0] = 0
	if !ok {
		returned.words[0] = 1
	}
	place(1, 0, answer)
	return address()
}

//go:wasmexport wasmgate:plugin/packed@0.1.0#call
func exportCall(hook, entry, values, size, hasBody, body, bodySize, hasReply, reply, replySize uint32) unsafe.Pointer {
	host.Begin()
	answer, answerBody := call(hook, entry, host.Text(values, size), given(hasBody, body, bodySize),
		given(hasReply, reply, replySize))
	place(0, 0, answer)
	returned.words[2] = 0
	if answerBody != nil {
		returned.words[2] = 1
	}
	place(3, 1, answerBody)
	return address()
}

func given(has, data, size uint32) []byte {
	if has == 0 {
		return nil
	}
	return host.Bytes(data, size)
}

//go:wasmexport cabi_post_wasmgate:plugin/packed@0.1.0#call
func exportCalled(unsafe.Pointer) {
	returned.data = [2][]byte{}
	host.Release()
}
