/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Model of one block of mm/kasan/page_shadow.c, for spin. Read it beside that.
 *
 * CPUs allocate, pin, poison, check and free the 2 pages of the block, somebody runs
 * flush_all() again and again, and the MMU fills and drops TLB entries whenever it may. A
 * page has one byte of shadow. Memory is sequentially consistent: what the order
 * depends on is a locked instruction, or a flush, which serialises.
 *
 * A stamp counts what is left to wait for: 0 has passed, 1 is the flush in progress, or if
 * there is none the next, 2 is the one after. So no number gets large. A CPU that has not
 * answered the flush in progress may have read the number before that began, with interrupts
 * off: then it takes it for one that is to begin, and has to mend the stamp.
 *
 * These are one step each: to exchange the PTE, as only the last round of cmpxchg counts, and
 * flush this CPU; to mend the stamp, and arm, before interrupts are on again if the block was
 * held. And what a pin does under the block's lock, which it holds over these steps. To set a
 * page of a private block is three, with interrupts off: read the PTE, write to the frame it
 * had, and if that was RETIRED, exchange the PTE for one with a mark. To give a block up is
 * three, too: clear the mark, read the shadow, exchange the PTE. Not here: other blocks, stamps
 * that wrap, CPUs that come and go, suspend, kasan.page_shadow_flush_ms=0, and memory added later.
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
#define CLEAR_LATE 5		/* tlb.due, after the flush */
#define NO_OWN_FLUSH 6		/* free a page of a private block that is held */
#define RETIRE_PINNED 7		/* do not look at the pins again */
#define PIN_UNFLUSHED 8		/* that may sleep, and the block is held */
#define SET_IRQS_ON 9		/* set a page, but be flushed meanwhile */
#define NOT_MARKED 10		/* set a page of a RETIRED block */
#define INHERIT 11		/* the stamp of a PTE that was cached */
#define THIS_FLUSH 12		/* take the flush in progress for one that is to begin */
#define NOT_MENDED 13		/* a stamp of a flush that began too early */
#define NOT_HELD 14		/* flush and arm for what is cached only */
#define GIVEN_UP_PASSED 15	/* give up a page with a stamp that has passed */
#define NOT_ACCESSED 16		/* map private pages without the flag */
#define MARK_KEPT 17		/* give a block up though it is marked */

#define PAGES 2
#define BIT(i) (1 << (i))
/* Values of shadow; 0 is accessible. */
#define FREE 1
#define POISON 2

/* A PTE: frame, then flags. Frames 0 to 3 are the patterns, 4 and 5 private pages. */
#define WRITE 8
#define ACCESSED 16
#define frame(pte) ((pte) & 7)
#define is_pattern(pte) (frame(pte) < 4)
#define SHADOW(frame, p) shadow[((frame) - 4) * PAGES + (p)]
#define value(pte, p) (is_pattern(pte) -> frame(pte) >> (p) & 1 : SHADOW(frame(pte), p))
#define MARK 32
#define NONE 64			/* no translation cached */
#define PRIVATE (MUTANT == NOT_ACCESSED -> 0 : ACCESSED)

byte pte = FREE | FREE << 1, stamp, tlb[CPUS] = NONE;
byte shadow[2 * PAGES];		/* of the private pages */
bool used[2];			/* they are allocated */
byte pins;			/* page_private() of the one in use */
byte idle;			/* its frame, if on the idle list or flush_all()'s batch */
bool locked;			/* the block, by a pin */
bool running;			/* a flush: its number is odd */
bool due, armed;		/* armed: the work is queued */
byte next;			/* the CPU that is to answer it */
bool irqs_off[CPUS];		/* others wait to flush it */
byte left[CPUS];		/* flushes that a pin waits for */

/* For the assertions only. */
byte truth[PAGES] = FREE;	/* what the shadow of page p is to say */
bool busy[PAGES];		/* its owner is changing it */
bool slab[PAGES], exact[PAGES];	/* it is pinned; and nobody may miss a bug in it */
byte valid[CPUS];		/* page checked, + 1, if good since the check began */
byte settling;			/* replaced PTEs for which due is not set yet */
bool flushing;			/* flush_all(), to the end of the flush */

active [CPUS] proctype mmu()
{
end:	do
	:: d_step { tlb[_pid] == NONE -> pte = pte | ACCESSED; tlb[_pid] = pte & ~(ACCESSED | MARK) }
	:: d_step { tlb[_pid] != NONE -> tlb[_pid] = NONE }
	od
}

#define is_mapped(entry) (frame(entry) == frame(pte) && pte & ACCESSED)

/* Who has what was replaced, of that the stamp has not passed. */
inline check_stamp()
{
	do
	:: i < CPUS ->
		assert(tlb[i] == NONE || stamp || is_mapped(tlb[i]));	/* I3 */
		i++
	:: else -> break
	od;
	i = 0
}

#define next_flush (running && MUTANT != THIS_FLUSH -> 2 : 1)

inline exchange(new, less)
{
	mend = pte & ACCESSED && frame(pte) != frame(new);
	held = mend || (stamp && MUTANT != NOT_HELD);
	if
	:: mend && running && next <= c -> stamp = (MUTANT != INHERIT -> 1 : stamp)
	:: mend -> stamp = (MUTANT != INHERIT -> next_flush : stamp)
	:: !mend
	fi;
	pte = new;
	tlb[c] = ((less || mend) && held && MUTANT != NO_LOCAL_FLUSH -> NONE : tlb[c]);
	settling++; arming = less && held;
	irqs_off[c] = held
}

inline settle()
{
	stamp = (mend && running && next <= c && MUTANT != NOT_MENDED -> next_flush : stamp);
	armed = armed | (arming && !due); due = due | arming;
	settling--; arming = false; mend = false; held = false;
	irqs_off[c] = false;
	check_stamp()
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

/* It is not given up, or if it was RETIRED, not freed. */
inline write_shadow()
{
	assert(old & WRITE -> frame(old) == frame(pte) : used[frame(old) - 4]);	/* I2 */
	SHADOW(frame(old), p) = v
}

/* What it allocated, a CPU may see at the second look only. */
inline is_set()
{
	tlb[c] = (v && stamp && MUTANT != NO_OWN_FLUSH -> NONE : tlb[c]);
	idle = (v && pins == BIT(p) -> frame(old) : idle);
	pins = (v -> pins & ~BIT(p) : pins);
	becomes(v);
	assert(!v || tlb[c] == NONE || value(tlb[c], p) == v);	/* I3: one's own change */
	v = 0; old = 0; busy[p] = false; p = 0; todo = false
}

/* Through the MMU. To miss a bug is fine as long as a flush is due. */
inline load()
{
	tlb[c] != NONE -> v = value(tlb[c], p);
	assert(busy[p] || value(pte, p) == truth[p]);	/* I1: or more than TLBs are wrong */
	if
	/* Of one that is being allocated, shadow may say so already. */
	:: !v && truth[p] && value(pte, p) ->
		assert(settling || flushing || (due && armed));	/* I3 */
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
	bool now, mend, held, arming, todo;

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
			valid[c] = (busy[p] -> 0 : p + 1); v = 0; tlb[c] = NONE };	/* kasan_page_shadow_stale() */
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
			busy[p] = true; slab[p] = false; exact[p] = false; todo = true;
			v = (truth[p] == FREE -> 0 : FREE);
			do		/* from now on an access may go either way */
			:: i < CPUS -> valid[i] = (valid[i] == p + 1 -> 0 : valid[i]); i++
			:: else -> break
			od;
			i = 0 };
again:		if
		:: atomic { is_pattern(pte) ->
				old = (v -> frame(pte) | BIT(p) : frame(pte) & ~BIT(p));
				if
				:: old != frame(pte) -> exchange(old, v)
				:: else -> settling++	/* nothing to do */
				fi;
				old = 0; becomes(v);
				assert(!v || tlb[c] == NONE || value(tlb[c], p) == v) };	/* I3 */
			atomic { settle(); v = 0; busy[p] = false; p = 0; todo = false }
		:: atomic { !is_pattern(pte) -> old = pte; irqs_off[c] = (MUTANT != SET_IRQS_ON) };
			atomic { write_shadow();
				if
				:: old & WRITE || MUTANT == NOT_MARKED -> is_set(); irqs_off[c] = false
				:: else
				fi };
			if
			:: atomic { todo && pte == old -> pte = pte | MARK; is_set(); irqs_off[c] = false }
			:: atomic { todo && pte != old -> old = 0; irqs_off[c] = false; goto again }
			:: !todo
			fi
		fi
	:: atomic {			/* or pin it */
			if
			:: !busy[0] && !truth[0] && !slab[0] -> p = 0
			:: !busy[1] && !truth[1] && !slab[1] && SLABS > 1 -> p = 1
			fi;
			if
			:: now = false
			:: now = true
			fi;
			busy[p] = true;
			if
			:: !is_pattern(pte)
			:: is_pattern(pte) && !used[0] -> used[0] = true; spare = 4
			:: is_pattern(pte) && used[0] && !used[1] -> used[1] = true; spare = 5
			:: is_pattern(pte) -> busy[p] = false; p = 0; now = false; goto end
			fi };
		atomic { !locked && (spare || !is_pattern(pte)) -> locked = true;
			if
			:: is_pattern(pte) ->
				SHADOW(spare, 0) = value(pte, 0); SHADOW(spare, 1) = value(pte, 1);
				pins = 0; exchange(spare | WRITE | PRIVATE, true); spare = 0
			:: !is_pattern(pte) && !(pte & WRITE) ->
				exchange(frame(pte) | WRITE | PRIVATE, true)
			:: else -> settling++
			fi;
			irqs_off[c] = true; pins = pins | BIT(p); slab[p] = true };
		atomic {
			settle();
			left[c] = (stamp && now && MUTANT != PIN_UNFLUSHED -> (running -> 2 : 1) : 0);
			exact[p] = !stamp;
			locked = false;
			if
			:: spare -> used[spare - 4] = false; spare = 0
			:: else
			fi };
		atomic { !left[c] -> exact[p] = slab[p] && (exact[p] || now);
			busy[p] = false; p = 0; now = false }
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

inline is_over()
{
	do
	:: i < CPUS -> left[i] = (left[i] -> left[i] - 1 : 0); i++
	:: else -> break
	od;
	i = 0; next = 0; running = false; flushing = false;
	stamp = (stamp -> stamp - 1 : 0); check_stamp()
}

active proctype flush_all()
{
	byte i, given_up, old, index;

end:	do
	:: atomic {			/* as the work, by a pin, or by the shrinker */
			armed = false; flushing = true;
			if
			:: true
			:: idle && !locked ->		/* retire() */
				if
				:: pins && MUTANT != RETIRE_PINNED -> idle = 0
				:: !(pins && MUTANT != RETIRE_PINNED) &&
				   pte & WRITE && MUTANT != ONE_STEP -> pte = frame(pte) | PRIVATE
				:: else ->
					pte = (MUTANT == MARK_KEPT -> pte : pte & ~MARK);
					old = pte; locked = true
				fi
			fi };
		if
		:: !old
		:: atomic { old -> index = (SHADOW(idle, 0) != 0) | (SHADOW(idle, 1) != 0) << 1 };
			atomic {
				if
				:: pte == old ->
					stamp = (!(pte & ACCESSED) -> stamp : MUTANT != GIVEN_UP_PASSED);
					pte = index; given_up = idle; idle = 0
				:: else
				fi;
				old = 0; index = 0; locked = false }
		fi;
		atomic {
			if
			:: MUTANT == FREE_BEFORE_FLUSH && given_up -> free_page()
			:: else
			fi };
		due = due && MUTANT == CLEAR_LATE;
		running = true;
		do
		:: d_step { next < CPUS && !irqs_off[next] -> tlb[next] = NONE; next++ }
		:: atomic { next == CPUS -> is_over();
			due = due && MUTANT != CLEAR_LATE;
			if
			:: given_up -> free_page()
			:: else
			fi;
			break }
		od
	od
}
