;; Lets callers in who show the token.
;;
;; A plugin is a core module that exports and imports functions by the names of the contract (`wasmgate wit` shows it), in
;; the forms of the component model's canonical ABI: a text or a list is two numbers, its address and its length; a record
;; of more than sixteen numbers is passed by its address, and so is a result of more than one.
(module
  (import "wasmgate:plugin/crypto@0.1.0" "equal"
    (func $equal (param $a i32) (param $a_size i32) (param $b i32) (param $b_size i32) (result i32)))

  ;; Below 64: results. From 64: texts. From 1024: what is allocated.
  (memory (export "memory") 2)
  (global $top (mut i32) (i32.const 1024))
  ;; What `configure` left; it lives for ever, and all above it until the hook has returned.
  (global $kept (mut i32) (i32.const 1024))

  (data (i32.const 64) "unauthorized")
  (func $unauthorized (result i32 i32) i32.const 64 i32.const 12)
  (data (i32.const 76) "forbidden")
  (func $forbidden (result i32 i32) i32.const 76 i32.const 9)
  (data (i32.const 85) "someone")
  (func $someone (result i32 i32) i32.const 85 i32.const 7)
  (data (i32.const 92) "{\"entries\":[")
  (func $entries (result i32 i32) i32.const 92 i32.const 12)
  (data (i32.const 104) ",{\"authorizer\":{\"headers\":[\"authorization\"]}}")
  (func $entry (result i32 i32) i32.const 104 i32.const 45)
  (data (i32.const 149) "]}")
  (func $end (result i32 i32) i32.const 149 i32.const 2)
  ;; Ends with a zero.
  (data (i32.const 256) "{\"name\":\"NAME"
    "\",\"version\":\"0.1.0\",\"summary\":\"What it does, in a line\",\"hooks\":[\"author"
    "izer\"],\"configuration\":{\"type\":\"object\",\"required\":[\"token\"],\"additional"
    "Properties\":false,\"properties\":{\"token\":{\"type\":\"string\",\"pattern\":\"^[ !"
    "#-[\\\\]-~]*$\"}}}}" "\00")

  ;; The host puts here what it gives.
  (func $realloc (export "cabi_realloc") (param $old i32) (param $old_size i32) (param $align i32) (param $size i32)
    (result i32)
    (local $begin i32)
    (local.set $begin (i32.and (i32.add (global.get $top) (i32.const 15)) (i32.const -16)))
    (global.set $top (i32.add (local.get $begin) (local.get $size)))
    (if (i32.gt_u (global.get $top) (i32.shl (memory.size) (i32.const 16)))
      (then
        (if (i32.eq (i32.const -1) (memory.grow (i32.add (i32.const 1) (i32.shr_u (local.get $size) (i32.const 16)))))
          (then unreachable))))
    (memory.copy (local.get $begin) (local.get $old) (local.get $old_size))
    (local.get $begin))

  (func $set_text (param $text i32) (param $size i32) (param $at i32)
    (i32.store (local.get $at) (local.get $text))
    (i32.store offset=4 (local.get $at) (local.get $size)))

  ;; --- setup --------------------------------------------------------------------------------------------------------

  (func (export "wasmgate:plugin/setup@0.1.0#describe") (result i32)
    (local $end i32)
    (local.set $end (i32.const 256))
    (loop $next
      (local.set $end (i32.add (local.get $end) (i32.const 1)))
      (br_if $next (i32.load8_u (local.get $end))))
    (call $set_text (i32.const 256) (i32.sub (local.get $end) (i32.const 256)) (i32.const 0))
    (i32.const 0))

  ;; A list of the entries' JSON texts, which stays as the host gave it.
  (global $configured (mut i32) (i32.const 0))

  ;; What the gateway looks at for each entry: `result<string, string>`. The schema has checked all there is to check.
  (func (export "wasmgate:plugin/setup@0.1.0#configure") (param $given i32) (param $count i32) (result i32)
    (local $answer i32)
    (global.set $configured (local.get $given))
    (local.set $answer (global.get $top))
    (call $append (call $entries))
    (loop $next
      (if (local.get $count)
        (then
          (call $append (call $entry))
          (local.set $count (i32.sub (local.get $count) (i32.const 1)))
          (br $next))))
    (call $append (call $end))
    ;; The comma before the first entry.
    (i32.store8 offset=12 (local.get $answer) (i32.const 32))
    (i32.store (i32.const 0) (i32.const 0))
    (call $set_text (local.get $answer) (i32.sub (global.get $top) (local.get $answer)) (i32.const 4))
    (global.set $kept (global.get $top))
    (i32.const 0))

  ;; Adds a text to what was allocated last.
  (func $append (param $text i32) (param $size i32)
    (local $at i32)
    (local.set $at (global.get $top))
    (drop (call $realloc (i32.const 0) (i32.const 0) (i32.const 1) (local.get $size)))
    (memory.copy (local.get $at) (local.get $text) (local.get $size))
    (global.set $top (i32.add (local.get $at) (local.get $size))))

  ;; The token of an entry, `{"token":"…"}`: the schema lets no quote and no `\` into it.
  (func $token (param $entry i32) (result i32 i32)
    (local.set $entry (i32.add (global.get $configured) (i32.shl (local.get $entry) (i32.const 3))))
    (i32.add (i32.load (local.get $entry)) (i32.const 10))
    (i32.sub (i32.load offset=4 (local.get $entry)) (i32.const 12)))

  ;; --- authorizer ---------------------------------------------------------------------------------------------------

  ;; The arguments are a record: the entry's number at 0, and of the request the method at 4, path at 12, query at 20,
  ;; header fields at 28, query parameters at 36, path parameters at 44, context at 52, body at 60, extra at 72.
  (func (export "wasmgate:plugin/authorizer@0.1.0#authorize") (param $arguments i32) (result i32)
    (local $field i32)
    ;; The interest has one name: the first field is it.
    (if (i32.eqz (i32.load offset=32 (local.get $arguments)))
      (then (return (call $answer (i32.const 1) (call $unauthorized)))))
    (local.set $field (i32.load offset=28 (local.get $arguments)))
    (if (call $equal
        (i32.load offset=8 (local.get $field)) (i32.load offset=12 (local.get $field))
        (call $token (i32.load (local.get $arguments))))
      (then (return (call $answer (i32.const 0) (call $someone)))))
    (call $answer (i32.const 1) (call $forbidden)))

  ;; What a call allocated is gone when the host has read its result.
  (func (export "cabi_post_wasmgate:plugin/authorizer@0.1.0#authorize") (param i32)
    (global.set $top (global.get $kept)))

  ;; `result<grant, refusal>`: a grant begins with the principal, a refusal with its code; all else is left empty.
  (func $answer (param $refused i32) (param $text i32) (param $size i32) (result i32)
    (memory.fill (i32.const 0) (i32.const 0) (i32.const 48))
    (i32.store (i32.const 0) (local.get $refused))
    (call $set_text (local.get $text) (local.get $size) (i32.const 4))
    (i32.const 0)))
