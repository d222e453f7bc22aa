# The kernel compares each stack trace that it saves with what the unwinder finds: while return
# addresses are replaced, code is called from trampolines, and modules come and go.
checked() { cat /sys/module/unwind_orc/parameters/checked; }
load() {
	bench fork 20 > /dev/null
	bench pipes 300 > /dev/null
	bench stat 300 > /dev/null
	bench unix 300 > /dev/null
	bench tcp 100 > /dev/null
}

mount -t tracefs tracefs /sys/kernel/tracing
cd /sys/kernel/tracing
load
start=$(checked)

for f in 'vfs_*' '__x64_sys_*' 'do_*' 'tcp_*' 'kernel_clone' 'alloc_*'; do
	echo "$f" >> set_ftrace_filter || fail "no function $f to trace"
done
for tracer in function_graph function nop; do
	echo $tracer > current_tracer
	load
done
# A trace of each of these, from where the trampoline called.
echo function > current_tracer
echo 'vfs_*' > set_ftrace_filter
echo 1 > options/func_stack_trace
load
echo 0 > options/func_stack_trace
echo nop > current_tracer

for f in vfs_write vfs_read vfs_statx kernel_clone vfs_open tcp_sendmsg __alloc_skb; do
	echo "r:r_$f $f" >> kprobe_events
	echo "p:p_$f $f" >> kprobe_events
done
for graph in nop function_graph; do
	echo $graph > current_tracer
	echo 1 > events/kprobes/enable
	echo stacktrace > events/kprobes/r_vfs_write/trigger
	load
	echo '!stacktrace' > events/kprobes/r_vfs_write/trigger
	echo 0 > events/kprobes/enable
done
echo > kprobe_events
echo nop > current_tracer

# Each is loaded at the address of the one before.
i=0
while [ $i -lt 30 ]; do
	for m in audit irqalloc nothing; do
		case $m in
		irqalloc) insmod /lib/irqalloc.ko rounds=2 ;;
		nothing) insmod /lib/probes.ko name=nothing text=0 at=0 size=0 && m=probes ;;
		*) insmod /lib/audit.ko ;;
		esac
		rmmod $m
	done
	i=$((i + 1))
done
load
cd /
stress-ng --vm 2 --vm-bytes 24M --pipe 2 --sock 2 --fork 2 --dentry 1 --timer 1 --sigsegv 1 --temp-path /tmp -t "$STRESS_SECONDS" -q
say "$(($(checked) - start)) traces compared"
[ "$(checked)" -gt $((start + 100000)) ] || fail "only $(($(checked) - start)) traces were compared"
