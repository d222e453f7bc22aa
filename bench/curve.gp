# SPDX-License-Identifier: GPL-2.0
# curve-shadow.tsv: s, KiB of private shadow, KiB that the pinned pages need
# curve-free-KERNEL.tsv: s, MemFree in MiB; marks.tsv: s, name (of page shadow on)
set multiplot layout 2,1
set xlabel "uptime of the guest (s)"
stats "curve-shadow.tsv" using 1 nooutput
set xrange [0:STATS_max]
set key tmargin center horizontal
set lmargin 10
set rmargin 3
mark = 'with labels left rotate by 90 offset 0.6,0.3 font ",9" notitle'
line = 'with vectors nohead lc rgb "#606060" dt 4 lw 1 notitle'
set title "page shadow on: shadow memory"
set ylabel "KiB"
stats "curve-shadow.tsv" using 2 nooutput
set yrange [0:STATS_max * 1.3]
plot "marks.tsv" using 1:(0):(0):(STATS_max * 1.3) @line, \
	"marks.tsv" using 1:(STATS_max * 1.02):2 @mark, \
	"curve-shadow.tsv" using 1:2 with lines lt 4 title "private shadow pages", \
	"" using 1:3 with lines lt 2 dt 2 title "the part of it that shadows pinned pages"
set title "free memory (vertical lines: phases with page shadow on)"
set ylabel "MemFree (MiB)"
stats "curve-free-nokasan.tsv" using 2 nooutput
top = STATS_max * 1.1
set yrange [0:top]
plot "marks.tsv" using 1:(0):(0):(top) @line, \
	"curve-free-nokasan.tsv" using 1:2 with lines lt 1 lw 2 title kernel[1], \
	"curve-free-on.tsv" using 1:2 with lines lt 4 title kernel[4], \
	"curve-free-unpatched.tsv" using 1:2 with lines lt 2 title kernel[2]
unset multiplot
