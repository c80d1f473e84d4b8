/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Views that one vCPU hides, destroys and changes while others run in them: the protocol of
 * hypervisor/core/kick.c, run/entry.c, vmx/exit.c and of the engine, for Spin. `check` in this
 * folder runs it.
 *
 * There is view 0, which stays, and view 1, which comes and goes. View 1 has a root (a page), and
 * below it either a table of its own (another page) or the base's. Each vCPU runs in the guest,
 * moves by VMFUNC through its own visible list, caches translations of view 1, and exits. In the
 * exit it may take the domain's lock and carry out an operation. Spin tries all interleavings.
 *
 * What must hold, whatever happens:
 *   - no vCPU walks through a page that has been given back, or uses a translation cached from it;
 *     nor, once an operation has returned, a translation older than that operation (`use`, `walk`);
 *   - a VMFUNC that begins after its target was hidden fails (`vmfunc_to_1`);
 *   - a view is destroyed only if no vCPU is in it (`destroy`);
 *   - no vCPU waits for ever (Spin's search for invalid end states; a guest may sleep).
 *
 * Each name tested by `#ifdef` is a possible mistake; with it the check must fail.
 *
 * Steps that no other process can tell apart are one step here: reads only with the lock held
 * (stale, reload, view of a vCPU outside the guest), and reads of data of one CPU (its list).
 * Left out: other views and tables (they would behave as these), the order in which the lock is
 * given (Spin tries any), NMIs that are the guest's own, INIT and SIPI.
 */
#ifndef CPUS
#define CPUS 2
#endif
/* The first vCPUs, this many, carry out operations. */
#ifndef OPERATORS
#define OPERATORS CPUS
#endif
#define NOBODY CPUS

/* The third vCPU's VMFUNC is off: it moves by switch_all only, and need not always be kicked. */
#define HAS_VMFUNC(cpu) (cpu < 2)

/* struct vcpu: shared, as in hypervisor/core/vcpu.h */
bool in_guest[CPUS];
bool attention[CPUS];
bool stale[CPUS];  /* stale_eptp: view 1 is to be flushed before the next entry */
bool reload[CPUS]; /* altp2m->view has been changed by another vCPU */
bit view[CPUS];    /* altp2m->view; for a vCPU in the guest: with which it entered */
bool list[CPUS];   /* its visible list: is view 1 in it? */
byte lock = NOBODY;

/* The CPU */
bit loaded[CPUS]; /* EPT pointer in the VMCS, which VMFUNC changes */
bool nmi[CPUS];   /* one is on its way */

/* View 1, and its two pages: false while another owner has them */
bool live, own, root_is_table, table_is_table;

/* What each CPU has cached of view 1. */
mtype = { nothing, through_base, through_own }
mtype cached[CPUS] = nothing;

/* Only for the assertions: the promises of the operations that have returned. */
bool concealed = true, own_for_good;

#if CPUS == 2
#define EACH(statement) c = 0; statement; c = 1; statement; c = 0
#define ANY(condition)  (condition(0) || condition(1))
#define ALL(condition)  (condition(0) && condition(1))
#else
#define EACH(statement) c = 0; statement; c = 1; statement; c = 2; statement; c = 0
#define ANY(condition)  (condition(0) || condition(1) || condition(2))
#define ALL(condition)  (condition(0) && condition(1) && condition(2))
#endif

/* core/kick.c, with the lock held by this vCPU. It calls the vCPUs in `meant`, and waits for
 * them. */
inline kick_those()
{
    do
    :: c < CPUS && meant[c] && !in_guest[c] -> meant[c] = false; c++
    :: c < CPUS && meant[c] && in_guest[c] && !nmi[c] ->
        nmi[c] = true;
#ifdef KNOCK_ONCE
        !in_guest[c]
#endif
    :: c < CPUS && !meant[c] -> c++
    :: c == CPUS -> c = 0; break
    od
}

/* kick_all, the engine's quiesce */
inline quiesce()
{
    atomic { EACH(meant[c] = (c != _pid); attention[c] = attention[c] || c != _pid) }
    kick_those()
}

/* With VMFUNC on, the vCPU may be in any view by now. */
#ifdef KICK_BY_ENTRY
#define MAY_USE(cpu) (view[cpu] == 1)
#else
#define MAY_USE(cpu) (view[cpu] == 1 || HAS_VMFUNC(cpu))
#endif

/* kick_flush, the engine's flush of view 1 */
inline flush()
{
    atomic {
        cached[_pid] = nothing;
        EACH(stale[c] = stale[c] || c != _pid; attention[c] = attention[c] || c != _pid;
             meant[c] = (c != _pid && MAY_USE(c)))
    }
    kick_those()
}

/* The engine's operations, with the lock held. */

inline write_lists(what)
{
    atomic { EACH(list[c] = what) }
}

inline create()
{
    atomic {
        root_is_table = true;
        live = true;
        concealed = false
    }
    write_lists(true)
}

inline show_view()
{
    concealed = false;
    write_lists(true)
}

inline hide_view()
{
#ifdef HIDE_FROM_CALLER
    list[_pid] = false;
#else
    write_lists(false);
#endif
    concealed = true
}

/* The first override in view 1: its own table replaces the base's, and allows less. */
inline restrict()
{
    atomic { table_is_table = true; own = true }
    flush();
    own_for_good = true
}

/* The last override goes, and the table with it. */
inline widen()
{
    own = false;
#ifdef FREE_BEFORE_FLUSH
    table_is_table = false;
    flush();
#else
    flush();
    table_is_table = false;
#endif
    own_for_good = false
}

inline move(to)
{
    if
    :: view[c] != to && c == _pid -> view[c] = to; loaded[c] = to
    :: view[c] != to && c != _pid -> view[c] = to; reload[c] = true; attention[c] = true
    :: else
    fi
}

inline switch_all(to)
{
    quiesce();
    atomic { EACH(move(to)) }
}

#define IS_IN_1(cpu)   (view[cpu] == 1)
#define RUNS_IN_1(cpu) (loaded[cpu] == 1 && !reload[cpu])
#define LISTS_1(cpu)   list[cpu]

/* While all other vCPUs are out, no check could tell whether the engine frees its pages before the
 * flush. */
inline destroy()
{
#ifndef NO_QUIESCE
    quiesce();
#endif
    if
    :: ANY(IS_IN_1) /* refused: -EBUSY */
    :: else ->
        assert(!ANY(RUNS_IN_1));
        write_lists(false);
        atomic { concealed = true; live = false }
        flush();
        atomic { root_is_table = false; table_is_table = false; own = false; own_for_good = false }
    fi
}

inline operate()
{
    if
    :: !live -> create()
    :: live -> destroy()
    :: live && !concealed -> hide_view()
    :: live && concealed -> show_view()
    :: live && !own -> restrict()
    :: live && own -> widen()
    :: live && ALL(LISTS_1) -> switch_all(1)
    :: switch_all(0)
    fi
}

/* entry_heed, with the lock held */
inline heed()
{
    atomic {
        attention[_pid] = false;
        if
        :: reload[_pid] -> reload[_pid] = false; loaded[_pid] = view[_pid]
        :: else
        fi;
#ifndef NO_FLUSH_AT_ENTRY
        if
        :: stale[_pid] -> cached[_pid] = nothing
        :: else
        fi;
#endif
        stale[_pid] = false
    }
}

inline take_lock()
{
    atomic { lock == NOBODY -> lock = _pid }
}

/* The guest. While an operation is under way, it may see either of the two states. */
#define FRESH ((cached[_pid] == through_own) == own || \
               (cached[_pid] == through_own) == own_for_good)

inline use()
{
    atomic {
        assert(root_is_table);
        assert(cached[_pid] != through_own || table_is_table);
        assert(FRESH)
    }
}

/* The CPU reads the root, then the table that it leads to: it may miss a write between. */
inline walk()
{
    atomic {
        assert(root_is_table);
        way = (own -> through_own : through_base)
    }
    atomic {
        assert(way != through_own || table_is_table);
        cached[_pid] = way;
        way = nothing
    }
}

/* The read of the list and the load of its entry are one instruction, but not one step. */
inline vmfunc_to_1()
{
    atomic {
        found = list[_pid];
        assert(!(found && concealed))
    }
    if
    :: found -> atomic { loaded[_pid] = 1; found = false }
    :: else -> goto left /* exit 59; #UD */
    fi
}

active [CPUS] proctype vcpu()
{
    bool meant[CPUS], found, seen;
    byte c;
    mtype way = nothing;

enter: /* entry_prepare */
#ifdef NO_FENCE
    seen = attention[_pid];
    in_guest[_pid] = true;
#else
    in_guest[_pid] = true;
    seen = attention[_pid];
#endif
    if
    :: seen ->
        atomic { seen = false; in_guest[_pid] = false }
        take_lock();
        heed();
        lock = NOBODY;
        goto enter
    :: else
    fi;
    /* An NMI that came until here was the hypervisor's own, and its handling is over; or it is
     * still to come. */
    if
    :: nmi[_pid] = false
    :: true
    fi;

    do
    :: nmi[_pid] -> nmi[_pid] = false; break
    :: !nmi[_pid] ->
        if
        :: loaded[_pid] == 1 && cached[_pid] != nothing -> use()
        :: loaded[_pid] == 1 -> walk()
        :: HAS_VMFUNC(_pid) && loaded[_pid] == 1 -> loaded[_pid] = 0
        :: HAS_VMFUNC(_pid) && loaded[_pid] == 0 -> vmfunc_to_1()
        :: true -> break
        :: true ->
end_asleep: nmi[_pid] -> nmi[_pid] = false; break
        fi
    od;

left: /* vmx_handle_exit: it stores the view before other vCPUs can see that this vCPU is out */
#ifdef OUT_BEFORE_VIEW
    in_guest[_pid] = false;
    view[_pid] = loaded[_pid];
#else
    view[_pid] = loaded[_pid];
    in_guest[_pid] = false;
#endif
    if
    :: true
    :: _pid < OPERATORS ->
        take_lock();
        if
        :: attention[_pid] -> heed()
        :: else
        fi;
        operate();
        lock = NOBODY
    fi;
    goto enter
}
