# SPDX-License-Identifier: GPL-2.0
# ratios-PART.tsv: name, ratio to unpatched of on, of off, bound of on
set multiplot layout 2,1
set style data histograms
set style histogram clustered gap 1
set boxwidth 0.9
set grid noxtics
set xtics rotate by 90 right font ",9"
set ylabel "instructions, ratio to unpatched"
set yrange [0:1.4]
set ytics 0.2
set key top right horizontal Right noreverse
do for [part in "system kernel"] {
	set title part eq "system" ? "boot and system calls" : "page and slab allocation in the kernel"
	plot "ratios-".part.".tsv" using 2:xtic(1) title "on" fs pattern 4 lc rgb "#0072b2", \
		"" using 3 title "off" fs pattern 0 lc rgb "#000000", \
		"" using 0:($4 < 1 ? $4 : NaN):(0.45) with xerrorbars pt -1 lc rgb "#d55e00" dt 1 lw 3 title "bound of on, if not 1.00", \
		"" using ($0 - 0.17):($2 + 0.03):(sprintf("%.3f", $2)) with labels left rotate by 90 font ",8" notitle, \
		1 with lines lc rgb "#000000" lw 1.5 dt 1 notitle
}
unset multiplot
