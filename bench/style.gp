# SPDX-License-Identifier: GPL-2.0
# What all plots share. Each must also read in black and white, hence the dashes,
# the shapes of the points, and patterns in bars.
set encoding utf8
set datafile separator "\t"
set datafile missing "-"
set border 3
set tics nomirror out
set grid lc rgb "#b8b8b8" dt 1 lw 0.8
set key top left Left reverse samplen 4 spacing 1.1
set linetype 1 lc rgb "#808080" dt 3 lw 1.5 pt 4 ps 0.7
set linetype 2 lc rgb "#000000" dt 1 lw 1.5 pt 7 ps 0.6
set linetype 3 lc rgb "#d55e00" dt 2 lw 1.5 pt 6 ps 1.1
set linetype 4 lc rgb "#0072b2" dt 1 lw 2.5 pt 9 ps 0.9

# Where columns are kernels, they have this order, and the line types above.
array kernel[4] = ["no KASAN", "unpatched", "off", "on"]

ram_tics = '("64M" 64, "128M" 128, "256M" 256, "512M" 512, "1G" 1024, "2G" 2048, "4G" 4096, "8G" 8192, "16G" 16384)'
ram_label = "RAM of the guest (M: MiB, G: GiB)"
