# SPDX-License-Identifier: GPL-2.0
# bill-CONFIG-PHASE.tsv: names of the items, then a line for each guest: its name, and the
# items of its bill in percent of its RAM. The CONFIGs are in configs.
set multiplot layout words(configs),2 margins 0.06,0.77,0.15,0.95 spacing 0.07,0.23
set style data histograms
set style histogram rowstacked
set boxwidth 0.9
set grid noxtics
set xtics rotate by 90 right font ",9" scale 0
set ylabel "bill, share of RAM (%)"
set key at screen 0.775,0.95 left top Left reverse invert
array pattern[7] = [3, 1, 7, 4, 2, 6, 0]
array colour[7] = ["#0072b2", "#d55e00", "#000000", "#d55e00", "#808080", "#0072b2", "#000000"]
do for [config in configs] {
	do for [phase in "boot work"] {
		set title config.", after ".(phase eq "boot" ? "boot" : "the workload")
		plot for [i = 2:8] "bill-".config."-".phase.".tsv" using i:xtic(1) title columnhead(i) \
			fs pattern pattern[i - 1] border lc rgb "#000000" lc rgb colour[i - 1] lw 0.7 dt 1
		set key off
	}
}
unset multiplot
