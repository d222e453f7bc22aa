# Modules are loaded and unloaded in parallel.
again() {
	i=0
	while [ $i -lt 40 ]; do
		insmod "$@"
		rmmod "$(basename "$1" .ko)"
		i=$((i + 1))
	done
}
again /lib/audit.ko &
one=$!
again /lib/irqalloc.ko rounds=2 &
two=$!
bench fork 200
again /lib/probes.ko name=nothing text=0 at=0 size=0 &
wait $one && wait $two && wait $!
audit
reclaimed
