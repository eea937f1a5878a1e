;; Stands in for WASI preview 1 in plugins that `wasmgate plugin build` makes. Their runtimes import it, and a plugin has
;; no files, arguments or environment. Every function does its work without leaving the plugin, so that a runtime may ask
;; for the time while the host writes arguments into its memory, where leaving traps; and without the dozen imports
;; and two instances that an adapter to WASI 0.2 costs each pristine instance.
(module
  (import "env" "memory" (memory 0))
  (import "wasmgate:plugin/random@0.1.0" "next" (func $random (result i64)))
  (import "wasmgate:plugin/log@0.1.0" "last-words" (func $last_words (param i64 i64 i64 i64)))

  ;; Nanoseconds since 1970: set by the SDK when a hook is called, moved on by whoever looks at it.
  (global $now (mut i64) (i64.const 1000000000))

  ;; For the SDK alone.
  (func (export "wasmgate_set_time") (param $now i64)
    (global.set $now (local.get $now)))

  (func (export "clock_time_get") (param $clock i32) (param $precision i64) (param $to i32) (result i32)
    (global.set $now (i64.add (global.get $now) (i64.const 1000)))
    (i64.store (local.get $to) (global.get $now))
    (i32.const 0))

  (func (export "clock_res_get") (param $clock i32) (param $to i32) (result i32)
    (i64.store (local.get $to) (i64.const 1000))
    (i32.const 0))

  (func (export "random_get") (param $to i32) (param $size i32) (result i32)
    (local $word i64)
    (local $end i32)
    (local.set $end (i32.add (local.get $to) (local.get $size)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $to) (local.get $end)))
        (if (i64.eqz (local.get $word)) (then (local.set $word (call $random))))
        (i64.store8 (local.get $to) (local.get $word))
        (local.set $word (i64.shr_u (local.get $word) (i64.const 8)))
        (local.set $to (i32.add (local.get $to) (i32.const 1)))
        (br $next)))
    (i32.const 0))

  ;; Eight bytes as a number, with zeros behind the end.
  (func $word (param $at i32) (param $end i32) (result i64)
    (local $word i64)
    (local $shift i64)
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (br_if $done (i64.eq (local.get $shift) (i64.const 64)))
        (local.set $word (i64.or (local.get $word) (i64.shl (i64.load8_u (local.get $at)) (local.get $shift))))
        (local.set $shift (i64.add (local.get $shift) (i64.const 8)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))
    (local.get $word))

  ;; What is written to standard output or error is shown where the plugin then traps: a runtime's panic.
  (func $say (param $at i32) (param $end i32)
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (call $last_words
          (call $word (local.get $at) (local.get $end))
          (call $word (i32.add (local.get $at) (i32.const 8)) (local.get $end))
          (call $word (i32.add (local.get $at) (i32.const 16)) (local.get $end))
          (call $word (i32.add (local.get $at) (i32.const 24)) (local.get $end)))
        (local.set $at (i32.add (local.get $at) (i32.const 32)))
        (br $next))))

  (func (export "fd_write") (param $file i32) (param $pieces i32) (param $count i32) (param $to i32) (result i32)
    (local $written i32)
    (local $size i32)
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $count)))
        (local.set $size (i32.load offset=4 (local.get $pieces)))
        (call $say
          (i32.load (local.get $pieces))
          (i32.add (i32.load (local.get $pieces)) (local.get $size)))
        (local.set $written (i32.add (local.get $written) (local.get $size)))
        (local.set $pieces (i32.add (local.get $pieces) (i32.const 8)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $next)))
    (i32.store (local.get $to) (local.get $written))
    (i32.const 0))

  ;; Sleeping moves the clock: 48 bytes a subscription, 32 an event. Whoever waits for a file is told of it at once.
  (func (export "poll_oneoff") (param $in i32) (param $out i32) (param $count i32) (param $to i32) (result i32)
    (local $at i32)
    (block $done
      (loop $next
        (br_if $done (i32.eq (local.get $at) (local.get $count)))
        (i64.store (local.get $out) (i64.load (local.get $in)))
        (i64.store offset=8 (local.get $out) (i64.const 0))
        (i32.store8 offset=10 (local.get $out) (i32.load8_u offset=8 (local.get $in)))
        (if (i32.eqz (i32.load8_u offset=8 (local.get $in)))
          (then (call $sleep (i64.load offset=24 (local.get $in)) (i32.load16_u offset=40 (local.get $in)))))
        (local.set $in (i32.add (local.get $in) (i32.const 48)))
        (local.set $out (i32.add (local.get $out) (i32.const 32)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))
    (i32.store (local.get $to) (local.get $count))
    (i32.const 0))

  (func $sleep (param $time i64) (param $absolute i32)
    (if (i32.and (local.get $absolute) (i32.const 1))
      (then
        (if (i64.gt_u (local.get $time) (global.get $now))
          (then (global.set $now (local.get $time)))))
      (else (global.set $now (i64.add (global.get $now) (local.get $time))))))

  (func (export "proc_exit") (param $code i32) unreachable)
  (func (export "sched_yield") (result i32) (i32.const 0))

  ;; No arguments, no environment.
  (func $none (param $count i32) (param $size i32) (result i32)
    (i32.store (local.get $count) (i32.const 0))
    (i32.store (local.get $size) (i32.const 0))
    (i32.const 0))
  (export "args_sizes_get" (func $none))
  (export "environ_sizes_get" (func $none))
  (func $nothing (param i32 i32) (result i32) (i32.const 0))
  (export "args_get" (func $nothing))
  (export "environ_get" (func $nothing))

  ;; No files: 8 is `badf`, also the end of the list of folders that are there from the start.
  (func $file_1 (param i32) (result i32) (i32.const 8))
  (func $file_2 (param i32 i32) (result i32) (i32.const 8))
  (func $file_3 (param i32 i32 i32) (result i32) (i32.const 8))
  (func $file_4 (param i32 i32 i32 i32) (result i32) (i32.const 8))
  (func $file_5 (param i32 i32 i32 i32 i32) (result i32) (i32.const 8))
  (func $file_6 (param i32 i32 i32 i32 i32 i32) (result i32) (i32.const 8))
  (func $file_7 (param i32 i32 i32 i32 i32 i32 i32) (result i32) (i32.const 8))
  (export "fd_close" (func $file_1))
  (export "fd_datasync" (func $file_1))
  (export "fd_sync" (func $file_1))
  (export "fd_fdstat_get" (func $file_2))
  (export "fd_fdstat_set_flags" (func $file_2))
  (export "fd_filestat_get" (func $file_2))
  (export "fd_prestat_get" (func $file_2))
  (export "fd_renumber" (func $file_2))
  (export "fd_tell" (func $file_2))
  (export "sock_shutdown" (func $file_2))
  (export "fd_prestat_dir_name" (func $file_3))
  (export "path_create_directory" (func $file_3))
  (export "path_remove_directory" (func $file_3))
  (export "path_unlink_file" (func $file_3))
  (export "sock_accept" (func $file_3))
  (export "fd_read" (func $file_4))
  (export "path_filestat_get" (func $file_5))
  (export "path_symlink" (func $file_5))
  (export "sock_send" (func $file_5))
  (export "path_readlink" (func $file_6))
  (export "path_rename" (func $file_6))
  (export "sock_recv" (func $file_6))
  (export "path_link" (func $file_7))
  (func (export "fd_advise") (param i32 i64 i64 i32) (result i32) (i32.const 8))
  (func (export "fd_allocate") (param i32 i64 i64) (result i32) (i32.const 8))
  (func (export "fd_fdstat_set_rights") (param i32 i64 i64) (result i32) (i32.const 8))
  (func (export "fd_filestat_set_size") (param i32 i64) (result i32) (i32.const 8))
  (func (export "fd_filestat_set_times") (param i32 i64 i64 i32) (result i32) (i32.const 8))
  (func (export "fd_pread") (param i32 i32 i32 i64 i32) (result i32) (i32.const 8))
  (func (export "fd_pwrite") (param i32 i32 i32 i64 i32) (result i32) (i32.const 8))
  (func (export "fd_readdir") (param i32 i32 i32 i64 i32) (result i32) (i32.const 8))
  (func (export "fd_seek") (param i32 i64 i32 i32) (result i32) (i32.const 8))
  (func (export "path_filestat_set_times") (param i32 i32 i32 i32 i64 i64 i32) (result i32) (i32.const 8))
  (func (export "path_open") (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32) (i32.const 8)))
