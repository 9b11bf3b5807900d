/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-wheel.h: the timer wheel inside SeloLoop.
 */
#pragma once

#include "api/lib/selo-loop.h"

#define SELO_WHEEL_SLOTS  1024
#define SELO_WHEEL_LEVELS 3

typedef struct {
    SeloTimer *slots[SELO_WHEEL_SLOTS];
    uint64_t used[SELO_WHEEL_SLOTS /
                  64]; /* a bit per slot; may be set for an empty one, never the reverse */
    int64_t passed;    /* number of the last tick that was served */
} SeloWheelLevel;

typedef struct {
    SeloWheelLevel levels[SELO_WHEEL_LEVELS];
    SeloTimer *firing; /* taken out of their slots, not called yet */
    int64_t now;
} SeloWheel;

void selo_wheel_init(SeloWheel *wheel, int64_t now);
/* @timer->due is set. */
void selo_wheel_insert(SeloWheel *wheel, SeloTimer *timer);
/* Calls what is due at @now. */
void selo_wheel_advance(SeloWheel *wheel, int64_t now);
/* When to look again, monotonic microseconds; -1 = nothing is armed. */
int64_t selo_wheel_next(SeloWheel *wheel);
