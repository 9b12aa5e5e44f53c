/** How often a process is killed at a moment of no choice; more often where somebody has the time (`CRASH_TEST_ROUNDS`). */
export const CRASH_ROUNDS = Number(process.env['CRASH_TEST_ROUNDS'] ?? 4)
