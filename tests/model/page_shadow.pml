/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Model of one block of mm/kasan/page_shadow.c, for spin. Read it beside that.
 *
 * CPUs allocate, pin, poison, check and free the 2 pages of the block, a worker
 * runs flush_all(), and the MMU fills and drops TLB entries whenever it may. A
 * page has one byte of shadow. Memory is sequentially consistent: what the order
 * depends on is a locked instruction, or a flush, which serialises.
 *
 * These are one step each: what is done under the block's lock, as only the MMU
 * and set_block() do without; a loop of cmpxchg, as only its last round counts; and
 * what a CPU does to its own TLB next, as the MMU may have done it before. To set a
 * page that is not pinned, while PRIVATE, is two steps with interrupts off: read the
 * PTE, and write to the frame it had. Not here: other blocks, patterns that are
 * lacked, kasan.page_shadow_flush_ms=0, and memory added later.
 *
 * TLBs can be stale here, as on x86. Of arm64, explore.c searches all there is.
 *
 * CPUS      how many
 * SLABS     how many of the pages can be pinned
 * MUTANT    a fault to find:
 */
#define NO_SECOND_LOOK 1	/* report what the TLB says */
#define NO_LOCAL_FLUSH 2	/* replace a PTE, and keep this CPU's translation */
#define FREE_BEFORE_FLUSH 3	/* the page given up */
#define ONE_STEP 4		/* from PRIVATE to PATTERN, without RETIRED */
#define CLEAR_LATE 5		/* tlb_stale, after the flush */
#define NO_OWN_FLUSH 6		/* change a page of a block that is UNFLUSHED */
#define RETIRE_PINNED 7		/* do not look at the pins again */
#define FLUSH_REPLACED 8	/* pin without a flush what was PRIVATE already */
#define UNPINNED_IRQS_ON 9	/* set without the lock, but be flushed meanwhile */
#define UNPINNED_RETIRED 10	/* set without the lock what is RETIRED */

#define PAGES 2
#define BIT(i) (1 << (i))
/* Values of shadow; 0 is accessible. */
#define FREE 1
#define POISON 2

/* A PTE: frame, then flags. Frames 0 to 3 are the patterns, 4 and 5 private pages. */
#define WRITE 8
#define frame(pte) ((pte) & 7)
#define is_pattern(pte) (frame(pte) < 4)
#define SHADOW(frame, p) shadow[((frame) - 4) * PAGES + (p)]
#define value(pte, p) (is_pattern(pte) -> frame(pte) >> (p) & 1 : SHADOW(frame(pte), p))
#define NONE 16			/* no translation cached */

byte pte = FREE | FREE << 1, tlb[CPUS] = NONE;
byte shadow[2 * PAGES];		/* of the private pages */
bool used[2];			/* they are allocated */
#define UNFLUSHED BIT(PAGES)
byte pins;			/* page_private() of the one in use */
byte idle;			/* its frame, if on the idle list or flush_all()'s batch */
bool tlb_stale, armed;		/* armed: the work is queued */
bool irqs_off[CPUS];		/* between the steps of set_block(): others wait to flush it */

/* For the assertions only. */
byte truth[PAGES] = FREE;	/* what the shadow of page p is to say */
bool busy[PAGES];		/* its owner is changing it */
bool slab[PAGES], exact[PAGES];	/* it is pinned; by a pin that may sleep, and is done */
byte valid[CPUS];		/* page checked, + 1, if good since the check began */
byte settling;			/* replaced PTEs for which tlb_stale is not set yet */
bool running;			/* flush_all(), to the end of the flush */

active [CPUS] proctype mmu()
{
end:	do
	:: d_step { tlb[_pid] == NONE -> tlb[_pid] = pte }
	:: d_step { tlb[_pid] != NONE -> tlb[_pid] = NONE }
	od
}

/* As far as the flush of this CPU. */
inline replace(new)
{
	pte = new;
	tlb[c] = (MUTANT != NO_LOCAL_FLUSH -> NONE : tlb[c]);
	stale = true; settling++
}

/* The rest, also of pin_block(). To find tlb_stale set is as an xchg(). */
inline settle()
{
	do
	:: d_step { stale ->
		armed = armed | !tlb_stale; tlb_stale = true; stale = false; settling-- }
	:: d_step { !stale && flush && i < CPUS && !irqs_off[i] ->	/* flush_block() */
		tlb[i] = NONE; i++ }
	:: atomic { !stale && (!flush || i == CPUS) ->
		pins = (flush -> pins & ~UNFLUSHED : pins);
		exact[p] = now && slab[p]; busy[p] = false;
		p = 0; i = 0; now = false; flush = false; break }
	od
}

inline becomes(v)
{
	truth[p] = v;
	do
	:: i < CPUS -> valid[i] = (v && valid[i] == p + 1 -> 0 : valid[i]); i++
	:: else -> break
	od;
	i = 0
}

inline write_shadow()
{
	assert(frame(old) == frame(pte));	/* I2: it is not given up */
	SHADOW(frame(old), p) = v;
	tlb[c] = (pins & UNFLUSHED && MUTANT != NO_OWN_FLUSH -> NONE : tlb[c])
}

inline is_set()
{
	becomes(v);
	assert(tlb[c] == NONE || value(tlb[c], p) == v);	/* I3: one's own change */
	v = 0; old = 0
}

/* If this leaves the PTE in old, set_unpinned() is to follow. */
inline set_block()
{
	old = pte;
	if
	:: is_pattern(old) && v -> replace(frame(old) | BIT(p)); is_set()
	:: is_pattern(old) && !v -> replace(frame(old) & ~BIT(p)); is_set()
	:: !is_pattern(old) && !(pins & BIT(p)) &&
	   (old & WRITE || MUTANT == UNPINNED_RETIRED) ->
		irqs_off[c] = (MUTANT != UNPINNED_IRQS_ON)
	:: else ->
		write_shadow();
		idle = (v && (pins & ~UNFLUSHED) == BIT(p) -> frame(old) : idle);
		pins = (v -> pins & ~BIT(p) : pins);
		is_set()
	fi
}

inline set_unpinned()
{
	write_shadow(); is_set(); irqs_off[c] = false
}

/* Twice, if the first time found neither a private page nor a spare one. */
inline pin_block()
{
	old = pte;
	if
	:: is_pattern(old) && !spare ->
		if
		:: !used[0] -> used[0] = true; spare = 4
		:: used[0] && !used[1] -> used[1] = true; spare = 5
		:: true		/* no memory */
		fi
	:: else ->
		if
		:: is_pattern(old) ->
			SHADOW(spare, 0) = value(old, 0); SHADOW(spare, 1) = value(old, 1);
			pins = UNFLUSHED; replace(spare | WRITE); spare = 0
		:: !is_pattern(old) && !(old & WRITE) -> replace(frame(old) | WRITE)
		:: else
		fi;
		pins = pins | BIT(p); slab[p] = true;
		flush = now && pins & UNFLUSHED && !(MUTANT == FLUSH_REPLACED && old & WRITE);
		if
		:: spare -> used[spare - 4] = false; spare = 0
		:: else
		fi
	fi;
	old = 0
}

/* Through the MMU. To miss a bug is fine as long as a flush is due. */
inline load()
{
	tlb[c] != NONE -> v = value(tlb[c], p);
	assert(value(pte, p) == truth[p]);	/* or more than TLBs are wrong */
	if
	:: !v && truth[p] ->
		assert(settling || running || (tlb_stale && armed));	/* I3 */
		assert(!exact[p])		/* I3: slab */
	:: else
	fi
}

/* Through the MMU, or a fault. */
inline store()
{
	if
	:: tlb[c] & WRITE ->
		assert(frame(tlb[c]) == frame(pte));	/* I2 */
		SHADOW(frame(tlb[c]), p) = v; becomes(v)
	:: else ->
		assert(pte & WRITE);	/* I4: or it is not spurious */
		tlb[c] = NONE
	fi
}

active [CPUS] proctype cpu()
{
	byte c = _pid - CPUS, p, v, i, old, spare;
	bool now, flush, stale;

end:	do
	:: atomic { tlb[c] != NONE ->	/* check an access */
			if
			:: p = 0
			:: p = 1
			fi;
			load();
			if
			:: !v || truth[p] -> p = 0; v = 0; goto end
			:: else -> assert(MUTANT != NO_SECOND_LOOK)	/* I1 */
			fi;
			valid[c] = p + 1; v = 0; tlb[c] = NONE };	/* kasan_page_shadow_stale() */
		d_step { load();
			assert(!v || !valid[c]);	/* I1 */
			valid[c] = 0; p = 0; v = 0 }
	:: atomic {			/* poison or unpoison an object */
			if
			:: slab[0] && !busy[0] && tlb[c] != NONE -> p = 0
			:: slab[1] && !busy[1] && tlb[c] != NONE -> p = 1
			fi;
			if
			:: v = 0
			:: v = POISON
			fi;
			store(); p = 0; v = 0 }
	:: atomic {			/* allocate or free a page */
			if
			:: !busy[0] -> p = 0
			:: !busy[1] -> p = 1
			fi;
			busy[p] = true; slab[p] = false; exact[p] = false;
			v = (truth[p] == FREE -> 0 : FREE);
			set_block() };
		if
		:: atomic { old -> set_unpinned() }
		:: !old
		fi;
		settle()
	:: atomic {			/* or pin it */
			if
			:: !busy[0] && !truth[0] && !slab[0] -> p = 0
			:: !busy[1] && !truth[1] && !slab[1] && SLABS > 1 -> p = 1
			fi;
			if
			:: now = false
			:: now = true
			fi;
			busy[p] = true; pin_block() };
		if
		:: atomic { spare -> pin_block() }
		:: !spare
		fi;
		settle()
	od
}

inline free_page()
{
	do
	:: i < CPUS -> assert(tlb[i] == NONE || frame(tlb[i]) != given_up); i++	/* I2 */
	:: else -> break
	od;
	i = 0; used[given_up - 4] = false;
	SHADOW(given_up, 0) = 0; SHADOW(given_up, 1) = 0; given_up = 0
}

active proctype flush_all()
{
	byte i, given_up;

end:	do
	:: atomic {			/* as the work, or by the shrinker */
			armed = false; running = true;
			if
			:: true
			:: idle ->		/* retire() */
				if
				:: pins & ~UNFLUSHED && MUTANT != RETIRE_PINNED -> idle = 0
				:: !(pins & ~UNFLUSHED && MUTANT != RETIRE_PINNED) &&
				   pte & WRITE && MUTANT != ONE_STEP -> pte = frame(pte)
				:: else ->
					pte = (SHADOW(idle, 0) != 0) | (SHADOW(idle, 1) != 0) << 1;
					given_up = idle; idle = 0
				fi
			fi;
			if
			:: MUTANT == FREE_BEFORE_FLUSH && given_up -> free_page()
			:: else
			fi };
		tlb_stale = tlb_stale && MUTANT == CLEAR_LATE;
		do
		:: d_step { i < CPUS && !irqs_off[i] -> tlb[i] = NONE; i++ }
		:: atomic { i == CPUS ->
			i = 0; running = false;
			tlb_stale = tlb_stale && MUTANT != CLEAR_LATE;
			if
			:: given_up -> free_page()
			:: else
			fi;
			break }
		od
	od
}
