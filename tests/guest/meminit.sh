# The kernel's own test of init_on_free=1: no byte is left in what was freed, KASAN's
# neither. Where it fails it is loaded again, and may go well then.
insmod /lib/test_meminit.ko || :
dmesg | grep -q "test_meminit: all [0-9]* tests passed!" || fail "no verdict of test_meminit"
! dmesg | grep "test_meminit: .*fail" || fail "test_meminit found what was not zeroed"
