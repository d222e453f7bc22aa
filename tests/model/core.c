// SPDX-License-Identifier: GPL-2.0
/* The file itself, or a changed copy of it. */
#include CORE
