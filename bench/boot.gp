# SPDX-License-Identifier: GPL-2.0
# boot-FIGURE.tsv: RAM in MiB, then no KASAN, unpatched, off, on
set multiplot layout 1,3
set logscale x 2
set logscale y 10
set xrange [240:17500]
set xtics @ram_tics font ",9"
set xlabel ram_label
set key tmargin center horizontal
do for [what in "boot setup static"] {
	set title what eq "boot" ? "boot, to init" : what eq "setup" ? "KASAN's set-up in it" : "static shadow"
	set ylabel what eq "static" ? "MiB" : "million instructions"
	plot for [i = 1:4] "boot-".what.".tsv" using 1:(column(i + 1)) with linespoints lt i title kernel[i]
}
unset multiplot
