/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-wheel.c: timers in three rings of 1024 slots. A tick of the first is 1 ms, of the second 1/8
 * s, of the third 64 s; a timer goes into the ring that its delay asks for, moves at most twice,
 * and is armed and disarmed in constant time. Sessions re-arm their timeout all the time and hardly
 * ever let it fire, which is why a heap (GLib's own sources, too) lost.
 */
#include "config.h"

#include "api/lib/selo-wheel.h"

#define SLOT_OF(tick) ((size_t) (tick) % SELO_WHEEL_SLOTS)

/* A timer in ring i has a delay below span: so its tick is always less than 1024 ticks ahead.
 * The last ring rounds down and hands on to the others; these round up and fire. */
static const struct {
    int64_t tick_usec, span_usec;
} rings[SELO_WHEEL_LEVELS] = {
    { 1000, G_USEC_PER_SEC },
    { G_USEC_PER_SEC / 8, 64 * G_USEC_PER_SEC },
    { 64 * G_USEC_PER_SEC, 0 }, /* what is too far even for this one is handed on to itself */
};

void
selo_wheel_init(SeloWheel *wheel, int64_t now)
{
    *wheel = (SeloWheel){ .now = now };
    for (int i = 0; i < SELO_WHEEL_LEVELS; i++)
        wheel->levels[i].passed = now / rings[i].tick_usec;
}

static void
link_timer(SeloTimer **head, SeloTimer *timer)
{
    timer->next = *head;
    timer->link = head;
    if (timer->next != NULL)
        timer->next->link = &timer->next;
    *head = timer;
}

void
selo_wheel_insert(SeloWheel *wheel, SeloTimer *timer)
{
    int64_t delay = timer->due - wheel->now, tick;
    int i = 0;
    SeloWheelLevel *level;

    while (i < SELO_WHEEL_LEVELS - 1 && delay >= rings[i].span_usec)
        i++;
    level = &wheel->levels[i];
    if (i < SELO_WHEEL_LEVELS - 1)
        tick = (timer->due + rings[i].tick_usec - 1) / rings[i].tick_usec;
    else
        tick = timer->due / rings[i].tick_usec;
    tick = CLAMP(tick, level->passed + 1, level->passed + SELO_WHEEL_SLOTS - 1);
    link_timer(&level->slots[SLOT_OF(tick)], timer);
    level->used[SLOT_OF(tick) / 64] |= UINT64_C(1) << SLOT_OF(tick) % 64;
}

void
selo_timer_disarm(SeloTimer *timer)
{
    if (timer->link == NULL)
        return;
    *timer->link = timer->next;
    if (timer->next != NULL)
        timer->next->link = timer->link;
    timer->next = NULL;
    timer->link = NULL;
}

/* Number of the first tick after the passed ones whose slot has a timer; -1 = none. Forgets the
 * bits of slots that were emptied by disarming. */
static int64_t
find_tick(SeloWheelLevel *level)
{
    for (int64_t tick = level->passed + 1; tick < level->passed + SELO_WHEEL_SLOTS;) {
        size_t slot = SLOT_OF(tick);
        uint64_t word = level->used[slot / 64] >> slot % 64;

        if (word == 0) {
            tick += 64 - (int64_t) (slot % 64);
            continue;
        }
        tick += __builtin_ctzll(word);
        if (tick >= level->passed + SELO_WHEEL_SLOTS)
            break;
        if (level->slots[SLOT_OF(tick)] != NULL)
            return tick;
        level->used[SLOT_OF(tick) / 64] &= ~(UINT64_C(1) << SLOT_OF(tick) % 64);
    }
    return -1;
}

/* Calls or hands on the timers that were taken from one slot. A callback may disarm any of them. */
static void
fire(SeloWheel *wheel)
{
    SeloTimer *timer;

    while ((timer = wheel->firing) != NULL) {
        selo_timer_disarm(timer);
        if (timer->due > wheel->now)
            selo_wheel_insert(wheel, timer);
        else
            timer->fired(timer->data);
    }
}

void
selo_wheel_advance(SeloWheel *wheel, int64_t now)
{
    wheel->now = now;
    fire(wheel); /* left by the turn around this one, if a callback runs the loop */
    for (int i = SELO_WHEEL_LEVELS - 1; i >= 0;
         i--) { /* what the slow rings hand on may be due, too */
        SeloWheelLevel *level = &wheel->levels[i];
        int64_t until = now / rings[i].tick_usec, tick;

        while ((tick = find_tick(level)) != -1 && tick <= until) {
            SeloTimer **slot = &level->slots[SLOT_OF(tick)];

            level->passed = tick; /* before the calls: what they arm goes into later slots */
            wheel->firing = *slot;
            wheel->firing->link = &wheel->firing;
            *slot = NULL;
            fire(wheel);
        }
        level->passed = MAX(level->passed, until);
    }
}

int64_t
selo_wheel_next(SeloWheel *wheel)
{
    int64_t next = -1;

    for (int i = 0; i < SELO_WHEEL_LEVELS; i++) {
        int64_t tick = find_tick(&wheel->levels[i]);

        if (tick != -1 && (next == -1 || tick * rings[i].tick_usec < next))
            next = tick * rings[i].tick_usec;
    }
    return next;
}
