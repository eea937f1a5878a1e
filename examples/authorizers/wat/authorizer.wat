;; Lets callers in who show a known key, and tells later hooks who they are.
;;
;; WebAssembly by hand, to show what a plugin is below its SDK: a core module that exports and imports functions by the
;; names of the contract (wit/), in the forms of the component model's canonical ABI. `wasmgate plugin build` makes it a
;; component. A text or a list is two numbers, its address and its length; a record of more than sixteen numbers is
;; passed by its address, and so is a result of more than one.
(module
  (import "wasmgate:plugin/assets@0.1.0" "read"
    (func $read (param $asset i32) (param $offset i64) (param $length i32) (param $result i32)))
  (import "wasmgate:plugin/context@0.1.0" "get"
    (func $context (param $name i32) (param $name_size i32) (param $option i32)))
  (import "wasmgate:plugin/crypto@0.1.0" "equal"
    (func $equal (param $a i32) (param $a_size i32) (param $b i32) (param $b_size i32) (result i32)))
  (import "wasmgate:plugin/crypto@0.1.0" "digest"
    (func $digest (param $algorithm i32) (param $algorithm_size i32) (param $message i32) (param $message_size i32)
      (param $result i32)))
  (import "wasmgate:plugin/http@0.1.0" "fetch"
    (func $fetch (param $method i32) (param $method_size i32) (param $url i32) (param $url_size i32)
      (param $headers i32) (param $headers_size i32) (param $body i32) (param $body_size i32)
      (param $timeout i32) (param $extra i32) (param $extra_size i32) (param $result i32)))
  (import "wasmgate:plugin/kv@0.1.0" "increment"
    (func $increment (param $key i32) (param $key_size i32) (param $by i64) (param $has_ttl i32) (param $ttl i64)
      (param $result i32)))
  (import "wasmgate:plugin/log@0.1.0" "write"
    (func $log (param $level i32) (param $message i32) (param $message_size i32)))
  (import "wasmgate:plugin/metrics@0.1.0" "counter"
    (func $counter (param $name i32) (param $name_size i32) (param $help i32) (param $help_size i32)
      (param $result i32)))
  (import "wasmgate:plugin/metrics@0.1.0" "add" (func $add (param $metric i32) (param $value f64)))
  (import "wasmgate:plugin/secrets@0.1.0" "get"
    (func $secret (param $name i32) (param $name_size i32) (param $result i32)))
  (import "wasmgate:plugin/table@0.1.0" "create" (func $create (param $result i32)))
  (import "wasmgate:plugin/table@0.1.0" "insert"
    (func $insert (param $table i32) (param $pairs i32) (param $pairs_size i32) (param $result i32)))
  (import "wasmgate:plugin/table@0.1.0" "lookup"
    (func $lookup (param $table i32) (param $key i32) (param $key_size i32) (param $option i32)))

  ;; Below 64: what imports answer (0 to 31). From 64: the texts. From 2048: what is allocated.
  (memory (export "memory") 3)
  (global $top (mut i32) (i32.const 2048))
  ;; What `configure` left; it lives for ever, and all above it until the hook has returned.
  (global $kept (mut i32) (i32.const 2048))

  (data (i32.const 64) "master")
  (func $master (result i32 i32) i32.const 64 i32.const 6)
  (data (i32.const 70) "operator,all")
  (func $operator (result i32 i32) i32.const 70 i32.const 12)
  (data (i32.const 82) "SHA-256")
  (func $sha256 (result i32 i32) i32.const 82 i32.const 7)
  (data (i32.const 89) "requestId")
  (func $request_id (result i32 i32) i32.const 89 i32.const 9)
  (data (i32.const 98) "x-api-key")
  (func $api_key (result i32 i32) i32.const 98 i32.const 9)
  (data (i32.const 107) "GET")
  (func $get (result i32 i32) i32.const 107 i32.const 3)
  (data (i32.const 110) "unauthorized")
  (func $unauthorized (result i32 i32) i32.const 110 i32.const 12)
  (data (i32.const 122) "forbidden")
  (func $forbidden (result i32 i32) i32.const 122 i32.const 9)
  (data (i32.const 131) "failure")
  (func $failure (result i32 i32) i32.const 131 i32.const 7)
  (data (i32.const 138) "show your key as X-Api-Key")
  (func $show_your_key (result i32 i32) i32.const 138 i32.const 26)
  (data (i32.const 164) "unknown key")
  (func $unknown_key (result i32 i32) i32.const 164 i32.const 11)
  (data (i32.const 175) " is not wanted")
  (func $is_not_wanted (result i32 i32) i32.const 175 i32.const 14)
  (data (i32.const 189) "no master key")
  (func $no_master_key (result i32 i32) i32.const 189 i32.const 13)
  (data (i32.const 202) "cannot count")
  (func $cannot_count (result i32 i32) i32.const 202 i32.const 12)
  (data (i32.const 214) " calls in request ")
  (func $calls_in_request (result i32 i32) i32.const 214 i32.const 18)
  (data (i32.const 232) "tenant")
  (func $tenant (result i32 i32) i32.const 232 i32.const 6)
  (data (i32.const 238) "calls")
  (func $calls (result i32 i32) i32.const 238 i32.const 5)
  (data (i32.const 243) "proof")
  (func $proof (result i32 i32) i32.const 243 i32.const 5)
  (data (i32.const 248) "granted")
  (func $granted (result i32 i32) i32.const 248 i32.const 7)
  (data (i32.const 255) "Callers that were let in.")
  (func $granted_help (result i32 i32) i32.const 255 i32.const 25)
  (data (i32.const 280) "\"asset\":")
  (func $asset_member (result i32 i32) i32.const 280 i32.const 8)
  (data (i32.const 288) "\"size\":")
  (func $size_member (result i32 i32) i32.const 288 i32.const 7)
  (data (i32.const 295) "\"ask\":\"")
  (func $ask_member (result i32 i32) i32.const 295 i32.const 7)
  (data (i32.const 302) "{\"entries\":[")
  (func $entries (result i32 i32) i32.const 302 i32.const 12)
  (data (i32.const 314) ",{\"authorizer\":{\"headers\":[\"x-api-key\"]}}")
  (func $entry (result i32 i32) i32.const 314 i32.const 41)
  (data (i32.const 355) "]}")
  (func $end (result i32 i32) i32.const 355 i32.const 2)
  (data (i32.const 357) "{\"problems\":[{\"pointer\":\"/keys\",\"message\":\"the file cannot be read, or i"
    "ts lines cannot be held: at most 1 MiB of KEY,CALLER,TENANT\"}]}")
  (func $bad_file (result i32 i32) i32.const 357 i32.const 135)
  (data (i32.const 492) "{\"problems\":[{\"message\":\"the metric `granted` cannot be counted\"}]}")
  (func $no_metric (result i32 i32) i32.const 492 i32.const 67)
  (data (i32.const 559) "0123456789abcdef")
  (func $digits (result i32 i32) i32.const 559 i32.const 16)
  (data (i32.const 575) "{\"name\":\"authorizer\",\"version\":\"0.1.0\",\"summary\":\"Lets callers in who sh"
    "ow a known key\",\"hooks\":[\"authorizer\"],\"capabilities\":[\"http\",\"kv\",\"secr"
    "ets\"],\"configuration\":{\"type\":\"object\",\"required\":[\"keys\",\"ask\"],\"additi"
    "onalProperties\":false,\"properties\":{\"keys\":{\"description\":\"A file with a"
    " key, a caller and a tenant in each line, of at most 1 MiB.\"},\"ask\":{\"ty"
    "pe\":\"string\",\"pattern\":\"^[ !#-[\\\\]-~]*$\",\"description\":\"The caller's nam"
    "e is added to this URL.\"}}}}")
  (func $description (result i32 i32) i32.const 575 i32.const 460)

  ;; --- Memory: one region that grows upwards -----------------------------------------------------------------------

  ;; The host puts here what it gives. A text that grows is what was allocated last, or it is copied.
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

  (func $alloc (param $size i32) (result i32)
    (call $realloc (i32.const 0) (i32.const 0) (i32.const 16) (local.get $size)))

  (func $join (param $a i32) (param $a_size i32) (param $b i32) (param $b_size i32) (result i32 i32)
    (local $joined i32)
    (local.set $joined (call $alloc (i32.add (local.get $a_size) (local.get $b_size))))
    (memory.copy (local.get $joined) (local.get $a) (local.get $a_size))
    (memory.copy (i32.add (local.get $joined) (local.get $a_size)) (local.get $b) (local.get $b_size))
    (local.get $joined)
    (i32.add (local.get $a_size) (local.get $b_size)))

  ;; A text that stands in memory as its address and length.
  (func $text (param $at i32) (result i32 i32)
    (i32.load (local.get $at))
    (i32.load offset=4 (local.get $at)))

  (func $set_text (param $text i32) (param $size i32) (param $at i32)
    (i32.store (local.get $at) (local.get $text))
    (i32.store offset=4 (local.get $at) (local.get $size)))

  (func $set_pair (param $name i32) (param $name_size i32) (param $value i32) (param $value_size i32) (param $at i32)
    (call $set_text (local.get $name) (local.get $name_size) (local.get $at))
    (call $set_text (local.get $value) (local.get $value_size) (i32.add (local.get $at) (i32.const 8))))

  ;; --- Texts --------------------------------------------------------------------------------------------------------

  (func $same (param $a i32) (param $a_size i32) (param $b i32) (param $b_size i32) (result i32)
    (if (i32.ne (local.get $a_size) (local.get $b_size)) (then (return (i32.const 0))))
    (loop $next
      (if (i32.eqz (local.get $a_size)) (then (return (i32.const 1))))
      (local.set $a_size (i32.sub (local.get $a_size) (i32.const 1)))
      (br_if $next
        (i32.eq
          (i32.load8_u (i32.add (local.get $a) (local.get $a_size)))
          (i32.load8_u (i32.add (local.get $b) (local.get $a_size))))))
    (i32.const 0))

  ;; How many bytes stand before a byte; all of them where it is not there.
  (func $before (param $text i32) (param $size i32) (param $byte i32) (result i32)
    (local $count i32)
    (loop $next
      (if (i32.lt_u (local.get $count) (local.get $size))
        (then
          (if (i32.ne (i32.load8_u (i32.add (local.get $text) (local.get $count))) (local.get $byte))
            (then
              (local.set $count (i32.add (local.get $count) (i32.const 1)))
              (br $next))))))
    (local.get $count))

  ;; What stands behind a member's name in JSON that the gateway wrote. No value can hold that name: its quotes would
  ;; have a `\` before them.
  (func $member (param $json i32) (param $size i32) (param $name i32) (param $name_size i32) (result i32 i32)
    (loop $next
      (if (i32.lt_u (local.get $size) (local.get $name_size)) (then (return (i32.const 0) (i32.const 0))))
      (if (call $same (local.get $json) (local.get $name_size) (local.get $name) (local.get $name_size))
        (then
          (return
            (i32.add (local.get $json) (local.get $name_size))
            (i32.sub (local.get $size) (local.get $name_size)))))
      (local.set $json (i32.add (local.get $json) (i32.const 1)))
      (local.set $size (i32.sub (local.get $size) (i32.const 1)))
      (br $next))
    unreachable)

  ;; The decimal number that a text begins with.
  (func $number (param $text i32) (param $size i32) (result i32)
    (local $number i32)
    (local $digit i32)
    (loop $next
      (if (local.get $size)
        (then
          (local.set $digit (i32.sub (i32.load8_u (local.get $text)) (i32.const 48)))
          (if (i32.lt_u (local.get $digit) (i32.const 10))
            (then
              (local.set $number (i32.add (i32.mul (local.get $number) (i32.const 10)) (local.get $digit)))
              (local.set $text (i32.add (local.get $text) (i32.const 1)))
              (local.set $size (i32.sub (local.get $size) (i32.const 1)))
              (br $next))))))
    (local.get $number))

  (func $decimal (param $number i64) (result i32 i32)
    (local $end i32)
    (local $at i32)
    (local.set $at (local.tee $end (i32.add (call $alloc (i32.const 20)) (i32.const 20))))
    (loop $next
      (local.set $at (i32.sub (local.get $at) (i32.const 1)))
      (i32.store8 (local.get $at)
        (i32.add (i32.const 48) (i32.wrap_i64 (i64.rem_u (local.get $number) (i64.const 10)))))
      (br_if $next
        (i64.ne (i64.const 0) (local.tee $number (i64.div_u (local.get $number) (i64.const 10))))))
    (local.get $at)
    (i32.sub (local.get $end) (local.get $at)))

  (func $hex (param $bytes i32) (param $size i32) (result i32 i32)
    (local $digits i32)
    (local $at i32)
    (local.set $digits (call $alloc (i32.shl (local.get $size) (i32.const 1))))
    (loop $next
      (if (i32.lt_u (local.get $at) (i32.shl (local.get $size) (i32.const 1)))
        (then
          (i32.store8 (i32.add (local.get $digits) (local.get $at))
            (call $hex_digit
              (i32.shr_u (i32.load8_u (i32.add (local.get $bytes) (i32.shr_u (local.get $at) (i32.const 1))))
                (select (i32.const 0) (i32.const 4) (i32.and (local.get $at) (i32.const 1))))))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br $next))))
    (local.get $digits)
    (local.get $at))

  (func $hex_digit (param $value i32) (result i32)
    (local $digits i32)
    (local $size i32)
    (call $digits) (local.set $size) (local.set $digits)
    (i32.load8_u (i32.add (local.get $digits) (i32.and (local.get $value) (i32.const 15)))))

  ;; --- setup --------------------------------------------------------------------------------------------------------

  (func (export "wasmgate:plugin/setup@0.1.0#describe") (result i32)
    (call $description)
    (call $set_text (i32.const 32))
    (i32.const 32))

  ;; What `configure` made of an entry, 16 bytes each: the URL to ask, and the table. And the counter of all.
  (global $states (mut i32) (i32.const 0))
  (global $granted_metric (mut i32) (i32.const 0))

  (func (export "wasmgate:plugin/setup@0.1.0#configure") (param $entries i32) (param $count i32) (result i32)
    (local $entry i32)
    (local $answer i32)
    (local $size i32)
    (global.set $states (call $alloc (i32.shl (local.get $count) (i32.const 4))))
    (call $counter (call $granted) (call $granted_help) (i32.const 0))
    (if (i32.load8_u (i32.const 0)) (then (return (call $configured (i32.const 1) (call $no_metric)))))
    (global.set $granted_metric (i32.load (i32.const 4)))
    (call $entries) (local.set $size) (local.set $answer)
    (loop $next
      (if (i32.lt_u (local.get $entry) (local.get $count))
        (then
          (if (i32.eqz
              (call $configure
                (call $text (i32.add (local.get $entries) (i32.shl (local.get $entry) (i32.const 3))))
                (i32.add (global.get $states) (i32.shl (local.get $entry) (i32.const 4)))))
            (then (return (call $configured (i32.const 1) (call $bad_file)))))
          (call $join (local.get $answer) (local.get $size) (call $entry_of (local.get $entry)))
          (local.set $size) (local.set $answer)
          (local.set $entry (i32.add (local.get $entry) (i32.const 1)))
          (br $next))))
    (call $join (local.get $answer) (local.get $size) (call $end))
    (local.set $size) (local.set $answer)
    (call $configured (i32.const 0) (local.get $answer) (local.get $size))
    ;; Room that is there when the snapshot is taken: to grow would cost each request.
    (global.set $kept (i32.and (i32.add (global.get $top) (i32.const 15)) (i32.const -16)))
    (drop (call $alloc (i32.const 65536)))
    (global.set $top (global.get $kept)))

  ;; The interest of an entry; without its comma at the first.
  (func $entry_of (param $entry i32) (result i32 i32)
    (local $text i32)
    (local $size i32)
    (call $entry) (local.set $size) (local.set $text)
    (i32.add (local.get $text) (i32.eqz (local.get $entry)))
    (i32.sub (local.get $size) (i32.eqz (local.get $entry))))

  ;; `result<string, string>`
  (func $configured (param $failed i32) (param $text i32) (param $size i32) (result i32)
    (i32.store (i32.const 32) (local.get $failed))
    (call $set_text (local.get $text) (local.get $size) (i32.const 36))
    (i32.const 32))

  ;; Reads one entry, `{"ask":"URL","keys":{"asset":0,"name":"keys.csv","size":41}}`, into its state.
  (func $configure (param $json i32) (param $size i32) (param $state i32) (result i32)
    (local $ask i32)
    (local $length i32)
    (call $member (local.get $json) (local.get $size) (call $ask_member))
    (local.set $length) (local.set $ask)
    ;; The schema lets no `\` and no quote into the URL.
    (call $set_text
      (local.get $ask) (call $before (local.get $ask) (local.get $length) (i32.const 34))
      (local.get $state))
    (local.set $length (call $number (call $member (local.get $json) (local.get $size) (call $size_member))))
    (if (i32.gt_u (local.get $length) (i32.const 0x100000)) (then (return (i32.const 0))))
    (call $read
      (call $number (call $member (local.get $json) (local.get $size) (call $asset_member)))
      (i64.const 0) (local.get $length) (i32.const 0))
    (if (i32.load8_u (i32.const 0)) (then (return (i32.const 0))))
    (call $fill (local.get $state) (call $text (i32.const 4))))

  ;; Makes a table of a file's lines: each is a key and, behind its comma, the caller and tenant.
  (func $fill (param $state i32) (param $lines i32) (param $size i32) (result i32)
    (local $line i32)
    (local $key i32)
    (local $pairs i32)
    (local $count i32)
    (call $create (i32.const 0))
    (if (i32.load8_u (i32.const 0)) (then (return (i32.const 0))))
    (i32.store offset=8 (local.get $state) (i32.load (i32.const 4)))
    ;; No line is shorter than its end, and each takes a pair.
    (local.set $pairs (call $alloc (i32.shl (call $line_count (local.get $lines) (local.get $size)) (i32.const 4))))
    (loop $next
      (if (local.get $size)
        (then
          (local.set $line (call $before (local.get $lines) (local.get $size) (i32.const 10)))
          (local.set $key (call $before (local.get $lines) (local.get $line) (i32.const 44)))
          (if (i32.lt_u (local.get $key) (local.get $line))
            (then
              (call $set_pair
                (local.get $lines) (local.get $key)
                (i32.add (local.get $lines) (i32.add (local.get $key) (i32.const 1)))
                (i32.sub (local.get $line) (i32.add (local.get $key) (i32.const 1)))
                (i32.add (local.get $pairs) (i32.shl (local.get $count) (i32.const 4))))
              (local.set $count (i32.add (local.get $count) (i32.const 1)))))
          (local.set $line (i32.add (local.get $line) (i32.lt_u (local.get $line) (local.get $size))))
          (local.set $lines (i32.add (local.get $lines) (local.get $line)))
          (local.set $size (i32.sub (local.get $size) (local.get $line)))
          (br $next))))
    (call $insert (i32.load offset=8 (local.get $state)) (local.get $pairs) (local.get $count) (i32.const 0))
    (i32.eqz (i32.load8_u (i32.const 0))))

  (func $line_count (param $lines i32) (param $size i32) (result i32)
    (local $count i32)
    (local $line i32)
    (loop $next
      (local.set $count (i32.add (local.get $count) (i32.const 1)))
      (local.set $line (call $before (local.get $lines) (local.get $size) (i32.const 10)))
      (if (i32.lt_u (local.get $line) (local.get $size))
        (then
          (local.set $line (i32.add (local.get $line) (i32.const 1)))
          (local.set $lines (i32.add (local.get $lines) (local.get $line)))
          (local.set $size (i32.sub (local.get $size) (local.get $line)))
          (br $next))))
    (local.get $count))

  ;; --- authorizer ---------------------------------------------------------------------------------------------------

  ;; The arguments are a record: the entry's number at 0, and of the request the method at 4, path at 12, query at 20,
  ;; header fields at 28, query parameters at 36, path parameters at 44, context at 52, body at 60, extra at 72.
  (func (export "wasmgate:plugin/authorizer@0.1.0#authorize") (param $arguments i32) (result i32)
    (local $state i32)
    (local $key i32)
    (local $key_size i32)
    (local $caller i32)
    (local $caller_size i32)
    (local $tenant i32)
    (local $tenant_size i32)
    (local.set $state (i32.add (global.get $states) (i32.shl (i32.load (local.get $arguments)) (i32.const 4))))
    ;; The interest has one name: the first field is the key.
    (if (i32.eqz (i32.load offset=32 (local.get $arguments)))
      (then (return (call $refuse (call $unauthorized) (call $show_your_key)))))
    (call $text (i32.add (i32.load offset=28 (local.get $arguments)) (i32.const 8)))
    (local.set $key_size) (local.set $key)
    (call $secret (call $master) (i32.const 0))
    (if (i32.load8_u (i32.const 0)) (then (return (call $refuse (call $failure) (call $no_master_key)))))
    (if (call $equal (local.get $key) (local.get $key_size) (call $text (i32.const 4)))
      (then (call $operator) (call $set_text (i32.const 4)))
      (else
        (call $lookup (i32.load offset=8 (local.get $state)) (local.get $key) (local.get $key_size) (i32.const 0))
        (if (i32.eqz (i32.load8_u (i32.const 0)))
          (then (return (call $refuse (call $forbidden) (call $unknown_key)))))))
    ;; `CALLER,TENANT`
    (call $text (i32.const 4)) (local.set $tenant_size) (local.set $caller)
    (local.set $caller_size (call $before (local.get $caller) (local.get $tenant_size) (i32.const 44)))
    (local.set $tenant (i32.add (local.get $caller) (i32.add (local.get $caller_size) (i32.const 1))))
    (local.set $tenant_size (i32.sub (local.get $tenant_size) (i32.add (local.get $caller_size) (i32.const 1))))
    (if (i32.eqz (call $wanted (local.get $state) (local.get $caller) (local.get $caller_size)))
      (then
        (return (call $refuse (call $forbidden)
          (call $join (local.get $caller) (local.get $caller_size) (call $is_not_wanted))))))
    (call $grant
      (local.get $caller) (local.get $caller_size) (local.get $tenant) (local.get $tenant_size)
      (local.get $key) (local.get $key_size)))

  ;; What a call allocated is gone when the host has read its result.
  (func (export "cabi_post_wasmgate:plugin/authorizer@0.1.0#authorize") (param i32)
    (global.set $top (global.get $kept)))

  ;; The upstream has a word too: it answers 200 for callers that it wants.
  (func $wanted (param $state i32) (param $caller i32) (param $size i32) (result i32)
    (call $fetch
      (call $get) (call $join (call $text (local.get $state)) (local.get $caller) (local.get $size))
      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 32))
    (i32.and (i32.eqz (i32.load8_u (i32.const 32))) (i32.eq (i32.load16_u (i32.const 36)) (i32.const 200))))

  ;; `result<grant, refusal>` with a refusal: code, message, header fields, context, extra.
  (func $refuse (param $code i32) (param $code_size i32) (param $message i32) (param $message_size i32) (result i32)
    (local $result i32)
    (local.set $result (call $zeroed (i32.const 48)))
    (i32.store (local.get $result) (i32.const 1))
    (call $set_pair
      (local.get $code) (local.get $code_size) (local.get $message) (local.get $message_size)
      (i32.add (local.get $result) (i32.const 4)))
    (local.get $result))

  ;; The same with a grant: principal, context, usage key, policy, time to live, extra.
  (func $grant (param $caller i32) (param $caller_size i32) (param $tenant_of i32) (param $tenant_size i32)
    (param $key i32) (param $key_size i32) (result i32)
    (local $result i32)
    (local $pairs i32)
    (local.set $result (call $zeroed (i32.const 48)))
    (local.set $pairs (call $alloc (i32.const 48)))
    (call $increment
      (local.get $caller) (local.get $caller_size) (i64.const 1) (i32.const 0) (i64.const 0)
      (i32.const 0))
    (if (i32.load8_u (i32.const 0)) (then (return (call $refuse (call $failure) (call $cannot_count)))))
    (call $set_pair (call $calls) (call $decimal (i64.load (i32.const 8))) (local.get $pairs))
    (call $digest (call $sha256) (local.get $key) (local.get $key_size) (i32.const 0))
    (if (i32.load8_u (i32.const 0)) (then (return (call $refuse (call $failure) (call $cannot_count)))))
    (call $set_pair (call $proof) (call $hex (call $text (i32.const 4))) (i32.add (local.get $pairs) (i32.const 16)))
    (call $set_pair
      (call $tenant) (local.get $tenant_of) (local.get $tenant_size)
      (i32.add (local.get $pairs) (i32.const 32)))
    (call $add (global.get $granted_metric) (f64.const 1))
    (call $tell (local.get $caller) (local.get $caller_size))
    (call $set_pair
      (local.get $caller) (local.get $caller_size) (local.get $pairs) (i32.const 3)
      (i32.add (local.get $result) (i32.const 4)))
    (local.get $result))

  (func $tell (param $caller i32) (param $size i32)
    (call $context (call $request_id) (i32.const 0))
    (if (i32.load8_u (i32.const 0))
      (then
        (call $log (i32.const 2)
          (call $join
            (call $join (local.get $caller) (local.get $size) (call $calls_in_request))
            (call $text (i32.const 4)))))))

  (func $zeroed (param $size i32) (result i32)
    (local $begin i32)
    (local.set $begin (call $alloc (local.get $size)))
    (memory.fill (local.get $begin) (i32.const 0) (local.get $size))
    (local.get $begin)))
