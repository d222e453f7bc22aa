# A stack is exhausted, and the kernel says so before it ends.
case ${OVERFLOW-} in
irq) insmod /lib/stacks.ko overflow=irq text="0x$(awk '$3 == "_stext" { print $1 }' /proc/kallsyms)" $(cat /lib/symbols) ;;
*) echo EXHAUST_STACK > /sys/kernel/debug/provoke-crash/DIRECT ;;
esac
